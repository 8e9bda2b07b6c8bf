"""Small prefixes, and images for them."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

IMAGE_SHAPE = (8, 8, 3)


def on_images(body: Callable[[Any], Any]) -> Any:
    """A model of raw images."""
    images = keras.Input(IMAGE_SHAPE, dtype="uint8")
    return keras.Model(images, body(images))


def convolution(
    seed: int = 0, *, filters: int = 4, scale: float = 1 / 255, interpolation: str = "bilinear"
) -> Any:
    """Resize, rescale and convolve, as a real prefix does."""

    def body(images: Any) -> Any:
        x = keras.layers.Resizing(12, 12, interpolation=interpolation)(images)
        x = keras.layers.Rescaling(scale)(x)
        initializer = keras.initializers.GlorotUniform(seed)
        x = keras.layers.Conv2D(filters, 3, activation="relu", kernel_initializer=initializer)(x)
        return keras.layers.GlobalAveragePooling2D()(x)

    return on_images(body)


def pixels(count: int = 10, seed: int = 0) -> NDArray[np.uint8]:
    """Random images."""
    return np.random.default_rng(seed).integers(0, 256, (count, *IMAGE_SHAPE), dtype=np.uint8)
