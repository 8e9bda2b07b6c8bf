"""Training-time image augmentation with tunable strength, and views: mirrored and shifted images.

Shifts and mirroring are the classic augmentation of small images (He et al., "Deep Residual Learning for
Image Recognition", arXiv 1512.03385, section 4.2: 4 pixels of 32 and a horizontal flip).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunebench.records import HyperparameterValue
from tunebench.spaces.hyperparameters.training import AUGMENTATION

# Strength 1 shifts by up to a quarter of the image; one half gives the classic 4 pixels of 32.
_LARGEST_SHIFT = 0.25
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
        strength: From 0 (images stay as they are) to 1 (shifted by up to a quarter of their size).
        mirror: Whether half of the images are mirrored; a mirrored digit is no digit.
    """

    strength: float
    mirror: bool

    def draw(self, num_images: int, image_shape: tuple[int, ...], generator: np.random.Generator) -> Draw:
        """Draw what happens to each of ``num_images`` images of shape ``(height, width, channels)``."""
        height, width = image_shape[:2]
        rows, columns = (round(self.strength * _LARGEST_SHIFT * size) for size in (height, width))
        mirrored = generator.random(num_images) < (0.5 if self.mirror and self.strength > 0 else 0.0)
        down = generator.integers(-rows, rows, num_images, endpoint=True)
        right = generator.integers(-columns, columns, num_images, endpoint=True)
        return Draw(mirrored, down, right)


def from_values(values: Mapping[str, HyperparameterValue], *, mirror_safe: bool) -> Augmentation | None:
    """The augmentation that a trial's values ask for, or ``None``."""
    strength = float(values.get(AUGMENTATION, 0.0))
    return Augmentation(strength, mirror=mirror_safe) if strength > 0 else None


def apply(images: NDArray[np.uint8], draw: Draw, chosen: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Augment some images as drawn; what a shift uncovers is filled by reflection.

    Args:
        images: All images, ``uint8`` of shape ``(n, height, width, channels)``.
        draw: Drawn for all of them.
        chosen: Which images to return, ``int64`` of shape ``(m,)``.

    Returns:
        Augmented copies, ``uint8`` of shape ``(m, height, width, channels)``.
    """
    height, width = images.shape[1:3]
    rows = _reflected(np.arange(height) - draw.down[chosen, None], height)
    columns = _reflected(np.arange(width) - draw.right[chosen, None], width)
    columns = np.where(draw.mirrored[chosen, None], columns[:, ::-1], columns)
    return images[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]


def view(images: NDArray[np.uint8], number: int, *, mirror: bool, seed: int) -> NDArray[np.uint8]:
    """One version of every image, for features that are computed once and drawn from in each epoch.

    Args:
        images: ``uint8`` of shape ``(n, height, width, channels)``.
        number: 0 gives the images themselves and 1 their mirror images; every further one shifts each image
            by up to an eighth of its size and mirrors half of them. Where images must not be mirrored, 1
            shifts, too.
        mirror: Whether they may be mirrored.
        seed: Draws the shifts.

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


def _reflected(index: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Indices from -size + 1 to 2 * size - 2, folded back into 0 to size - 1 at the edge pixels."""
    last = size - 1
    return np.asarray(last - np.abs(last - np.abs(index)))
