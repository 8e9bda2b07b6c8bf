"""Estimate the memory that training a model needs: before it is built for large images, or of a model."""

import math
from dataclasses import dataclass
from typing import Any

from tunebench.errors import InvalidSpaceError
from tunebench.spaces.hyperparameters.training import batch_size
from tunebench.spaces.shapes import Shape
from tunebench.spaces.space import Space

# Below this number of pixels no model of a sensible size is a problem.
_SMALL = 128 * 128
# Two sizes at which building costs nothing.
_SIDES = (32, 64)
_BYTES = 4
# A weight, its gradient and two moments of Adam.
_PER_WEIGHT = 4
# An activation is kept for the backward pass, where its gradient has the same size.
_PER_ACTIVATION = 2


@dataclass(frozen=True)
class Estimate:
    """A model for large images.

    Attributes:
        weights: Its number of weights.
        memory_bytes: What training it needs in float32, weights, optimizer and one batch's activations.
    """

    weights: int
    memory_bytes: int


def estimate(space: Space, image_shape: Shape, num_classes: int) -> Estimate | None:
    """Estimate the size of the default model from models for small images.

    The weights of convolutions do not depend on the image, those behind ``Flatten`` are proportional to the
    number of pixels, and so are activations: two sizes give both, up to what pooling rounds.

    Args:
        space: The space.
        image_shape: ``(height, width, channels)``.
        num_classes: Size of the output.

    Returns:
        The estimate. ``None`` for small images, for a space with a frozen prefix, which resizes images
        itself, if no small model can be built, and if it does not declare its input.
    """
    pixels = image_shape[0] * image_shape[1]
    if pixels <= _SMALL or space.has_prefix:
        return None
    import keras_tuner  # noqa: PLC0415 (imports Keras)

    found: list[tuple[int, float, float]] = []
    for side in _SIDES:
        hp = keras_tuner.HyperParameters()
        try:
            model = space.build(hp, (side, side, image_shape[2]), num_classes)
        except InvalidSpaceError:
            return None
        activations = _activations(model)
        if activations is None:
            return None
        found.append((side * side, float(model.count_params()), float(activations)))
    (small, weights, kept), (large, more_weights, more_kept) = found
    factor = (pixels - small) / (large - small)
    weights += factor * (more_weights - weights)
    kept += factor * (more_kept - kept)
    return Estimate(round(weights), _training_bytes(weights, kept, batch_size(hp.values)))


def of_model(model: Any, images: int) -> int | None:
    """What training a model needs in float32, in bytes.

    Args:
        model: A built ``keras.Model``.
        images: Per training step.

    Returns:
        Weights, optimizer and one batch's activations; ``None`` if the shapes of its layers are unknown.
    """
    activations = _activations(model)
    if activations is None:
        return None
    trained: int = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    frozen = int(model.count_params()) - trained
    return _training_bytes(trained, activations, images) + _BYTES * frozen


def _training_bytes(weights: float, activations: float, images: int) -> int:
    return round(_BYTES * (_PER_WEIGHT * weights + _PER_ACTIVATION * images * activations))


def _activations(model: Any) -> int | None:
    """Numbers in the outputs of all layers for one image; ``None`` if a layer does not know its output."""
    import keras  # noqa: PLC0415 (as above)

    total = 0
    for layer in model.layers:
        try:
            outputs = keras.tree.flatten(layer.output)
        except AttributeError:  # of a subclassed model, or used several times
            return None
        total += sum(math.prod(side or 1 for side in output.shape[1:]) for output in outputs)
    return total
