"""The frozen and the trainable part of a network of keras.applications, with the selected weights."""

import importlib
from typing import Any

from tunebench.backbones.cutting import cut
from tunebench.backbones.sources import load_keras_model


def front(name: str, input_shape: tuple[int, int, int], layers: int, pooling: str = "avg") -> Any:
    """The part of a network that is frozen.

    Args:
        name: One of `tunebench.backbones.networks`.
        input_shape: ``(height, width, 3)`` of the images.
        layers: How many layers with a kernel belong to the tail; 0: none.
        pooling: ``"avg"`` or ``"max"`` over the last feature maps, if there is no tail.

    Returns:
        A frozen ``keras.Model`` from images, preprocessed as the network wants them, to feature maps, or to
        pooled features if there is no tail.

    Raises:
        BackboneError: The weights cannot be found, downloaded or used, or the network cannot be cut there.
    """
    if layers:
        return cut(load_keras_model(name, input_shape, None), layers)[0]
    model = load_keras_model(name, input_shape, pooling)
    model.trainable = False
    return model


def tail(name: str, input_shape: tuple[int, int, int], layers: int) -> Any:
    """The part of a network that is trained.

    Args:
        name: One of `tunebench.backbones.networks`.
        input_shape: Of the images, as for `front`.
        layers: As for `front`, at least 1.

    Returns:
        A trainable ``keras.Model`` from the front's maps to the last feature maps. Batch norm is frozen; see
        `cut`.

    Raises:
        BackboneError: See `front`.
    """
    return cut(load_keras_model(name, input_shape, None), layers)[1]


def register_layers() -> None:
    """Register the package's classes with Keras; call this before loading a ``.keras`` file."""
    for module in ("layer", "two_rates"):
        importlib.import_module(f"tunebench.backbones.{module}")
