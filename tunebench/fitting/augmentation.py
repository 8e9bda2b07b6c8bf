"""Image augmentation: mirroring and shifts of tunable strength, in each epoch or as precomputed views.

It is the classic augmentation of small images (He et al., "Deep Residual Learning for Image Recognition",
arXiv 1512.03385, section 4.2: a horizontal flip and shifts of 4 in 32 pixels).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters.training import AUGMENTATION

# The shift at strength 1, as a share of the image.
_MAX_SHIFT = 0.25
# 4 in 32 pixels.
_CLASSIC_STRENGTH = 0.5


@dataclass(frozen=True)
class Draw:
    """The random part of one epoch's augmentation, one entry per image.

    Attributes:
        mirrored: ``bool`` of shape ``(n,)``.
        down: Rows to shift down by (negative: up), ``int64`` of shape ``(n,)``.
        right: Columns to shift right by (negative: left), ``int64`` of shape ``(n,)``.
    """

    mirrored: NDArray[np.bool_]
    down: NDArray[np.int64]
    right: NDArray[np.int64]


@dataclass(frozen=True)
class Augmentation:
    """Mirror and shift images.

    Attributes:
        strength: From 0 (images are unchanged) to 1 (shifted by up to a quarter of their size).
        mirror: Whether half of the images are mirrored; digits, for example, must not be.
    """

    strength: float
    mirror: bool

    def draw(self, num_images: int, image_shape: tuple[int, ...], generator: np.random.Generator) -> Draw:
        """Draw shifts and mirroring of ``num_images`` images of shape ``(height, width, channels)``."""
        height, width = image_shape[:2]
        rows, columns = (round(self.strength * _MAX_SHIFT * size) for size in (height, width))
        mirrored = generator.random(num_images) < (0.5 if self.mirror and self.strength > 0 else 0.0)
        down = generator.integers(-rows, rows, num_images, endpoint=True)
        right = generator.integers(-columns, columns, num_images, endpoint=True)
        return Draw(mirrored, down, right)


def from_values(values: Mapping[str, HyperparameterValue], *, mirror_safe: bool) -> Augmentation | None:
    """The augmentation that a trial's hyperparameters set, or ``None``."""
    strength = float(values.get(AUGMENTATION, 0.0))
    return Augmentation(strength, mirror=mirror_safe) if strength > 0 else None


def apply(images: NDArray[np.uint8], draw: Draw, chosen: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Augment some images; the area that a shift uncovers is filled by reflection.

    Args:
        images: All images, ``uint8`` of shape ``(n, height, width, channels)``.
        draw: The drawn shifts and mirroring of all images.
        chosen: Indices of the images to return, ``int64`` of shape ``(m,)``.

    Returns:
        Augmented copies, ``uint8`` of shape ``(m, height, width, channels)``.
    """
    height, width = images.shape[1:3]
    rows = _reflected(np.arange(height) - draw.down[chosen, None], height)
    columns = _reflected(np.arange(width) - draw.right[chosen, None], width)
    columns = np.where(draw.mirrored[chosen, None], columns[:, ::-1], columns)
    augmented: NDArray[np.uint8] = images[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
    return augmented


def applied(images: Any, drawn: Any) -> Any:
    """The same as :func:`apply`, by the back end's operations.

    Args:
        images: The images of a batch, a tensor of shape ``(m, height, width, channels)``.
        drawn: For each of them the shifts down and to the right, and 1 if it is mirrored: integers of shape
            ``(m, 3)``.

    Returns:
        A tensor of the same shape and type.
    """
    ops = keras.ops
    height, width = images.shape[1:3]
    rows = _reflected(ops.arange(height, dtype="int32") - drawn[:, :1], height)
    columns = _reflected(ops.arange(width, dtype="int32") - drawn[:, 1:2], width)
    columns = ops.where(drawn[:, 2:] > 0, ops.flip(columns, axis=1), columns)
    images = ops.take_along_axis(images, rows[:, :, None, None], axis=1)
    return ops.take_along_axis(images, columns[:, None, :, None], axis=2)


def view(images: NDArray[np.uint8], number: int, *, mirror: bool, seed: int) -> NDArray[np.uint8]:
    """One version of every image; the features of several views are computed once and drawn from.

    Args:
        images: ``uint8`` of shape ``(n, height, width, channels)``.
        number: 0 returns the images themselves, 1 their mirror images. Higher numbers, and 1 if ``mirror``
            is false, shift each image by up to an eighth of its size and mirror half of them if allowed.
        mirror: Whether images may be mirrored.
        seed: Of the shifts.

    Returns:
        ``uint8`` of the same shape.
    """
    if number == 0:
        return images
    if number == 1 and mirror:
        return images[:, :, ::-1]
    generator = np.random.default_rng([seed, number])
    draw = Augmentation(_CLASSIC_STRENGTH, mirror=mirror).draw(len(images), images.shape[1:], generator)
    return apply(images, draw, np.arange(len(images)))


def _reflected(index: Any, size: int) -> Any:
    """Reflect indices from ``-size + 1`` to ``2 * size - 2`` at the edge pixels, into 0 to ``size - 1``."""
    last = size - 1
    return last - abs(last - abs(index))
