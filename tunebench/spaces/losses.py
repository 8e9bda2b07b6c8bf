"""What a model's loss expects: labels as integers or one-hot, probabilities or logits."""

import contextlib
from typing import Any

import numpy as np

# Keras chooses by the labels that it gets.
_ANY_LABELS = {"crossentropy", "ce"}


def wants_one_hot(model: Any, num_outputs: int) -> bool:
    """Whether a compiled model's loss takes one-hot labels rather than integers.

    Keras' own losses are known by name. A user's is tried on both, one-hot labels first, because a loss that
    computes element by element may take integers without complaint.

    Args:
        model: A compiled ``keras.Model``.
        num_outputs: Size of its output.
    """
    loss = _loss_of(model)
    if loss is None or num_outputs == 1 or str(loss).lower() in _ANY_LABELS:
        return False
    name = _keras_name(loss)
    return "sparse" not in name.lower() if name else _takes(loss, num_outputs)


def from_logits(model: Any) -> bool:
    """Whether a compiled model's loss says that outputs are logits."""
    loss = _loss_of(model)
    if hasattr(loss, "get_config"):
        with contextlib.suppress(Exception):  # a user's may raise anything
            return bool(loss.get_config().get("from_logits", False))
    # Of functools.partial.
    return bool(getattr(loss, "keywords", {}).get("from_logits", False))


def wants_probabilities(model: Any) -> bool:
    """Whether a compiled model's loss is one of Keras' that fail on anything but probabilities."""
    loss = _loss_of(model)
    return loss is not None and "crossentropy" in _keras_name(loss).lower() and not from_logits(model)


def _loss_of(model: Any) -> Any:
    import keras  # noqa: PLC0415 (takes seconds, and --help does not need it)

    losses = keras.tree.flatten(model.loss)
    loss = losses[0] if len(losses) == 1 else None
    if isinstance(loss, str) and loss.lower() not in _ANY_LABELS:
        # Of an unknown name, Keras says so when the model is evaluated.
        with contextlib.suppress(ValueError):
            return keras.losses.get(loss)
    return loss


def _keras_name(loss: Any) -> str:
    """The name of a loss of Keras' own; empty if it is a user's."""
    if isinstance(loss, str):
        return loss
    if type(loss).__name__ == "LossFunctionWrapper":
        loss = loss.fn
    named = loss if hasattr(loss, "__name__") else type(loss)
    return str(named.__name__) if str(named.__module__).partition(".")[0] == "keras" else ""


def _takes(loss: Any, num_outputs: int) -> bool:
    """Whether a user's loss can be computed with one-hot labels, or if not, neither with integers."""
    import keras  # noqa: PLC0415 (as above)

    # With one example more than classes, arrays of the wrong shape do not broadcast by accident.
    labels = np.arange(num_outputs + 1) % num_outputs
    outputs = keras.ops.full((len(labels), num_outputs), 1 / num_outputs)
    one_hot = keras.ops.convert_to_tensor(np.eye(num_outputs, dtype=np.float32)[labels])
    # A loss may have variables, such as the state of random numbers, which stay as they are in such a scope.
    # One that makes them when it is called cannot do that there.
    for scope in (keras.StatelessScope(), contextlib.nullcontext()):
        try:
            with scope:
                loss(one_hot, outputs)
        except Exception as error:  # noqa: BLE001 (a user's loss may raise anything)
            if "stateless scope" not in str(error):
                break
        else:
            return True
    return False
