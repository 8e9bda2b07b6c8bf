"""From a model's outputs, whatever they are, to a probability for each class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench.errors import InvalidSpaceError
from tunebench.spaces import losses
from tunebench.spaces.form import ModelForm
from tunebench.spaces.shapes import Shape

_TOLERANCE = 0.02  # half-precision probabilities sum to 1 only roughly
# So that the share of each class is defined if all outputs are 0.
_SMALLEST = 1e-7


def are_probabilities(outputs: NDArray[Any]) -> bool:
    """Whether each row is positive and sums to 1; so are rows with NaN, which the check of the loss finds."""
    sums = outputs.astype(np.float64).sum(axis=1)
    return not (np.any(outputs < 0) or np.any(np.abs(sums - 1) > _TOLERANCE))


def classes_of(outputs: NDArray[Any], model: Any) -> NDArray[np.int64]:
    """The class that a compiled model's outputs name.

    Args:
        outputs: Of shape ``(n, classes)``, or ``(n, 1)``.
        model: The model.

    Returns:
        ``int64`` of shape ``(n,)``.
    """
    if outputs.shape[1] > 1:
        return np.asarray(outputs.argmax(axis=1), np.int64)
    return (outputs[:, 0] > (0.0 if losses.from_logits(model) else 0.5)).astype(np.int64)


def probability_model(name: str, model: Any, form: ModelForm, inputs: NDArray[Any]) -> Any:
    """The model that gives probabilities: the same weights, and a last step if the outputs are others.

    Logits get a softmax. Numbers from 0 to 1 that do not sum to 1, as of a sigmoid for each class, are
    divided by their sum, as Keras' cross-entropy does. The probability of one class is completed.

    Args:
        name: Of the space, for the message.
        model: A compiled ``keras.Model``.
        form: Its form.
        inputs: A few examples, as they are before :meth:`ModelForm.inputs`.

    Returns:
        A ``keras.Model`` from examples to probabilities ``(n, classes)``. The model itself, if it is one that
        declares its input and gives probabilities.

    Raises:
        InvalidSpaceError: The loss takes outputs for probabilities that are none.
    """
    import keras  # noqa: PLC0415 (takes seconds, and --help does not need it)

    found = np.asarray(keras.ops.convert_to_numpy(model(form.inputs(inputs), training=False)), np.float32)
    last = _last_step(name, model, found)
    if form.declares_input and form.grey is None:
        return model if last is None else keras.Model(model.inputs[0], last(model.outputs[0]))
    images = keras.Input(inputs.shape[1:])
    # The layers of a graph without the optimizer, which would be saved with the model.
    taken = keras.Model(model.inputs[0], model.outputs[0]) if form.declares_input else model
    outputs = taken(_grey(images, form.grey))
    return keras.Model(images, outputs if last is None else last(outputs))


def _grey(images: Any, shape: Shape | None) -> Any:
    import keras  # noqa: PLC0415 (as above)

    if shape is None:
        return images
    grey = keras.ops.image.rgb_to_grayscale(images)
    return grey if len(shape) == len(images.shape) - 1 else keras.ops.squeeze(grey, axis=-1)


def _last_step(name: str, model: Any, outputs: NDArray[np.float32]) -> Any:
    """A function that adds what is needed to a symbolic output; ``None``: nothing."""
    import keras  # noqa: PLC0415 (as above)

    logits = losses.from_logits(model)
    if outputs.shape[1] == 1:
        return _both_logits if logits else _both
    if are_probabilities(outputs):
        return None
    if not logits and np.all((outputs >= 0) & (outputs <= 1)):
        return _shares
    if losses.wants_probabilities(model):
        sums = outputs.astype(np.float64).sum(axis=1)
        raise InvalidSpaceError(
            f"Space {name}: the outputs for an image are not probabilities (they sum to {sums[0]:.3g}, not "
            "1), but its loss takes them for such. End the model with a softmax, or give the loss "
            "from_logits=True."
        )
    # Half precision is too coarse for probabilities.
    return keras.layers.Softmax(dtype="float32")


def _shares(outputs: Any) -> Any:
    """Each output's share of their sum."""
    import keras  # noqa: PLC0415 (as above)

    # Other images may have negative outputs.
    outputs = keras.ops.maximum(keras.ops.cast(outputs, "float32"), 0) + _SMALLEST
    return outputs / keras.ops.sum(outputs, axis=-1, keepdims=True)


def _both(outputs: Any) -> Any:
    """The probabilities of both classes from that of the second."""
    import keras  # noqa: PLC0415 (as above)

    second = keras.ops.cast(outputs, "float32")
    return keras.ops.concatenate([1 - second, second], axis=-1)


def _both_logits(outputs: Any) -> Any:
    import keras  # noqa: PLC0415 (as above)

    return _both(keras.ops.sigmoid(keras.ops.cast(outputs, "float32")))
