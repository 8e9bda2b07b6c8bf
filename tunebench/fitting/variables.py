"""Create the variables of optimizer and metrics before training steps are traced.

TensorFlow traces a function twice if its first call creates variables, and Keras leaves that to the first
step: a CNN's setup then took half as long again (``docs/decisions/0012``). On other back ends Keras passes a
batch through the model for this, which examples on the device do not have; under PyTorch that draws random
numbers.
"""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray


def make_variables(model: Any, labels: NDArray[Any]) -> None:
    """Create what the first training step would create, with the same values.

    Does nothing for a model of a user's own class, one with several outputs or a distributed one, where this
    might differ from what Keras does.

    Args:
        model: A compiled ``keras.Model``.
        labels: A batch of its training labels, as its loss takes them.
    """
    if not is_plain(model):
        return
    build_optimizer(model)
    classes = model.output_shape[-1]
    uniform = np.full((len(labels), classes), 1 / classes, np.float32)
    # Tensors, because a metric may use methods that arrays do not have.
    y_true, y_pred = keras.ops.convert_to_tensor(labels), keras.ops.convert_to_tensor(uniform)
    loss = model._compile_loss  # noqa: SLF001 (a call might change a loss that has a state)
    if loss is not None:
        loss.build(y_true, y_pred)
    model.compute_metrics(x=None, y=y_true, y_pred=y_pred)
    model.reset_metrics()


def build_optimizer(model: Any) -> None:
    """Create the variables of a compiled model's optimizer, unless it has them."""
    # A loss-scaling optimizer would create them again.
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)


def is_plain(model: Any) -> bool:
    """Whether a compiled model is of Keras' own classes, on one device, with one vector as its output."""
    # A user's class may have its own training step, metrics or build.
    if type(model).__module__.partition(".")[0] != "keras" or model.optimizer is None:
        return False
    if keras.distribution.distribution() is not None or _has_strategy(model):
        return False
    shape = getattr(model, "output_shape", None)
    return isinstance(shape, tuple) and len(shape) == 2  # noqa: PLR2004 (batch, classes)


def _has_strategy(model: Any) -> bool:
    """Whether TensorFlow distributes the model; then Keras creates the variables on each device."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf  # noqa: PLC0415 (imported by Keras already)

    return bool(tf.distribute.has_strategy() or model.distribute_strategy is not tf.distribute.get_strategy())
