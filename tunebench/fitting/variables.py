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

    Nothing is done where that is not sure to be right: to a model with several outputs, or of a class that
    computes its metrics or makes its layers in a way of its own.

    Args:
        model: A compiled ``keras.Model``.
        labels: Some of its training labels, ``int64`` of shape ``(n,)``; one is enough.
    """
    # The trainers of the other back ends do so themselves.
    if keras.backend.backend() != "tensorflow" or not _is_plain(model):
        return
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    classes = model.output_shape[-1]
    uniform = np.full((len(labels), classes), 1 / classes, np.float32)
    model.compute_metrics(x=None, y=labels, y_pred=uniform)
    model.reset_metrics()


def _is_plain(model: Any) -> bool:
    # None where the model is of a class that makes its layers when it is first called.
    shape = getattr(model, "output_shape", None)
    one_vector = isinstance(shape, tuple) and len(shape) == 2  # noqa: PLR2004 (batch, classes)
    return one_vector and type(model).compute_metrics is keras.Model.compute_metrics
