"""Draw a few training images as each strength of augmentation, or each view, changes them."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tunebench.datasets import Split
from tunebench.errors import TunebenchError
from tunebench.files import make_folder, write_atomically
from tunebench.fitting import augmentation
from tunebench.fitting.augmentation import Augmentation
from tunebench.spaces.hyperparameters.training import STRENGTHS, VIEW_COUNTS

_IMAGES = 8
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
# Pixels: small images are enlarged to about the first, large ones made smaller than the second.
_SMALL, _LARGE = 96, 192
_GAP, _LABEL_WIDTH, _FONT_SIZE = 6, 120, 14
Row = tuple[str, NDArray[np.uint8]]


def check_path(path: Path) -> None:
    """Refuse a path whose ending names no kind of image that is written.

    Raises:
        TunebenchError: It does.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise TunebenchError(
            f"The sheet cannot be written to {path}. Expected a name that ends in {', '.join(_ENDINGS)}."
        )


def write_sheet(path: Path, train: Split, *, mirror: bool, views: bool, seed: int) -> None:
    """Write the sheet: a row for each strength or view, a column for each image.

    Args:
        path: The image file; one of that name is overwritten.
        train: The training images.
        mirror: Whether augmentation may mirror them.
        views: Draw the views that a model with a frozen prefix trains on, not strengths.
        seed: Of the shifts and the mirroring.

    Raises:
        TunebenchError: The path's ending names no kind of image, or the file cannot be written.
    """
    check_path(path)
    images = train.take(_examples(train.labels)).images
    rows = list(_views(images, mirror, seed) if views else _strengths(images, mirror, seed))
    content = io.BytesIO()
    drawn(rows).save(content, Image.registered_extensions()[path.suffix.lower()])
    make_folder(path.parent)
    write_atomically(path, content.getvalue())


def _examples(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Places of a few images of different classes; if there are few classes, of several of each."""
    order = np.argsort(labels, kind="stable")
    _, first, sizes = np.unique(labels[order], return_index=True, return_counts=True)
    number_in_class = np.arange(len(labels)) - np.repeat(first, sizes)
    return order[np.lexsort((labels[order], number_in_class))][:_IMAGES]


def _strengths(images: NDArray[np.uint8], mirror: bool, seed: int) -> Iterator[Row]:  # noqa: FBT001 (called once)
    places = np.arange(len(images))
    for strength in STRENGTHS:
        draw = Augmentation(strength, mirror=mirror).draw(
            len(images), images.shape[1:], np.random.default_rng(seed)
        )
        yield (
            f"strength {strength:g}" if strength else "unchanged",
            augmentation.apply(images, draw, places),
        )


def _views(images: NDArray[np.uint8], mirror: bool, seed: int) -> Iterator[Row]:  # noqa: FBT001 (called once)
    for number in range(max(VIEW_COUNTS)):
        yield f"view {number + 1}", augmentation.view(images, number, mirror=mirror, seed=seed)


def drawn(rows: list[Row]) -> Image.Image:
    """Draw rows of images with their names.

    Args:
        rows: A name and images, ``uint8`` of shape ``(n, height, width, 3)``, or 1 instead of 3 if they are
            grey; all of the same shape.

    Returns:
        The sheet.
    """
    tiles = [(name, [_tile(image) for image in images]) for name, images in rows]
    width, height = tiles[0][1][0].size
    row_height = max(height, _FONT_SIZE) + _GAP
    columns = len(tiles[0][1])
    sheet = Image.new(
        "RGB", (_LABEL_WIDTH + columns * (width + _GAP), _GAP + len(tiles) * row_height), "white"
    )
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(_FONT_SIZE)
    for row, (name, images) in enumerate(tiles):
        top = _GAP + row * row_height
        draw.text((_GAP, top), name, "black", font)
        for column, image in enumerate(images):
            sheet.paste(image, (_LABEL_WIDTH + column * (width + _GAP), top))
    return sheet


def _tile(image: NDArray[np.uint8]) -> Image.Image:
    tile = Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).convert("RGB")
    longest = max(tile.size)
    if longest <= _SMALL // 2:
        factor = _SMALL // longest
        # Single pixels stay visible.
        return tile.resize((tile.width * factor, tile.height * factor), Image.Resampling.NEAREST)
    if longest > _LARGE:
        tile.thumbnail((_LARGE, _LARGE))
    return tile
