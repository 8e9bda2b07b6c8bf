"""Make the variables of optimizer and metrics before a training's steps are traced.

TensorFlow traces a function twice that makes variables when it is first called, and Keras leaves these to the
first step: setting a CNN up took half as long again (`docs/decisions/0044-steps-are-traced-once.md`).
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


def make_variables(model: Any, labels: NDArray[np.int64]) -> None:
    """Make what the first training step would, with the same values.

    Nothing is done where that is not sure to be right: to a model of a user's own class, to one with several
    outputs, or to one that is distributed over devices.

    Args:
        model: A compiled ``keras.Model``.
        labels: Some of its training labels, ``int64`` of shape ``(n,)``; one is enough.
    """
    # The trainers of the other back ends do so themselves.
    if keras.backend.backend() != "tensorflow" or not _is_plain(model):
        return
    build_optimizer(model)
    classes = model.output_shape[-1]
    uniform = np.full((len(labels), classes), 1 / classes, np.float32)
    # Tensors, for a metric may use what arrays do not have.
    truth, said = keras.ops.convert_to_tensor(labels), keras.ops.convert_to_tensor(uniform)
    model.compute_metrics(x=None, y=truth, y_pred=said)
    model.reset_metrics()


def build_optimizer(model: Any) -> None:
    """Make the variables of a compiled model's optimizer, unless it has them."""
    # One that scales the loss would make them again.
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def _is_plain(model: Any) -> bool:
    import tensorflow as tf  # noqa: PLC0415 (imported by Keras already)

    # A class of the user's own may train, measure and make its layers otherwise.
    if type(model).__module__.partition(".")[0] != "keras" or model.optimizer is None:
        return False
    # Under a strategy Keras makes the variables itself, on each device.
    if tf.distribute.has_strategy() or model.distribute_strategy is not tf.distribute.get_strategy():
        return False
    shape = getattr(model, "output_shape", None)
    return isinstance(shape, tuple) and len(shape) == 2  # noqa: PLR2004 (batch, classes)
