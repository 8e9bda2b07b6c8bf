"""Resize images."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from tunebench.data_options import Resize


def to_size(rgb: Image.Image, size: tuple[int, int], resize: Resize) -> Image.Image:
    """Resize one image.

    Args:
        rgb: The image.
        size: ``(height, width)``.
        resize: ``crop`` scales the image to fill the size and cuts off what is too much at both sides (as
            torchvision's Resize and CenterCrop do), ``pad`` fits all of it on black, ``stretch`` changes its
            proportions. All average over pixels when they make it smaller.
    """
    wide_and_high, averaging = size[::-1], Image.Resampling.BILINEAR
    if rgb.size == wide_and_high:
        return rgb
    if resize == "crop":
        return ImageOps.fit(rgb, wide_and_high, averaging)
    if resize == "pad":
        return ImageOps.pad(rgb, wide_and_high, averaging)
    return rgb.resize(wide_and_high, averaging)


def resized(images: NDArray[np.uint8], size: tuple[int, int], resize: Resize) -> NDArray[np.uint8]:
    """Resize images of shape ``(n, height, width, 3)``; see :func:`to_size`."""
    result = np.empty((len(images), *size, 3), np.uint8)
    for place, image in enumerate(images):
        result[place] = np.asarray(to_size(Image.fromarray(image), size, resize))
    return result
