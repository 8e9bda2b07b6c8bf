"""Decode one image file into pixels: by its content, upright, as RGB, in the requested size.

What the conversion is where Pillow's own would lose something or depends on a choice:

- the orientation in the EXIF data is applied;
- transparent pixels lie on white;
- 16-bit grey is scaled to 8 bits, not clipped, and so are grey values from 0 to 1;
- of an animation or a file with several pages, the first image counts;
- a large JPEG is reduced while it is decoded.

Everything else is ``image.convert("RGB")``.
"""

import functools
import io
import logging
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from tunebench.data_options import Resize
from tunebench.datasets.resizing import to_size

if TYPE_CHECKING:
    from collections.abc import Sequence

# Not: EPS, which runs another program; TGA, which any content could be; formats without a signature. JPEG
# includes MPO, what some cameras write.
_FORMATS = {
    "AVIF",
    "BMP",
    "DIB",
    "GIF",
    "ICO",
    "JPEG",
    "JPEG2000",
    "PNG",
    "PPM",
    "QOI",
    "SGI",
    "TIFF",
    "WEBP",
}

# How a reason begins that may not be there the next time.
UNREADABLE = "cannot be read"

_WHITE = (255, 255, 255)
_LARGEST_16_BIT = 65535
_LARGEST_8_BIT = 255
# Values from 0 to 1 that were sharpened or resized, or dark ones up to 255?
_AMBIGUOUS = 2
# Only a plain image has more pixels in a byte of its file. A damaged file can claim far more, which would
# cost seconds and memory.
_MOST_PIXELS_PER_BYTE = 10_000
_SMALL = 2**24
# A reduced JPEG has at least this many times the requested size, so that resizing still averages.
_DRAFT_MARGIN = 2
_REDUCED = {"JPEG", "MPO"}
_ORIENTATION = 0x0112
# What it says of a damaged file is said with the file's name; without a handler Python would print it.
logging.getLogger("PIL").addHandler(logging.NullHandler())
_ENDINGS = {
    "JPEG": ("jpg", "jpeg", "jpe", "jfif", "mpo"),
    "MPO": ("jpg", "jpeg", "mpo"),
    "TIFF": ("tif", "tiff"),
}


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded image.

    Attributes:
        pixels: ``uint8`` of shape ``(height, width, 3)``.
        height: Of the image in its file, upright.
        width: Likewise.
        mode: Pillow's name of its colours, such as ``RGB`` or ``I;16``.
        remarks: What was done to it that its owner may not expect.
    """

    pixels: NDArray[np.uint8]
    height: int
    width: int
    mode: str
    remarks: tuple[str, ...]


class UndecodableError(Exception):
    """A file that gives no image; the message is the reason, to follow the file's name."""


def decode(content: bytes, name: str, size: tuple[int, int] | None, resize: Resize) -> Decoded:
    """Decode an image.

    Args:
        content: The file's content.
        name: The file's name; its ending decides nothing, but one that misleads is remarked on.
        size: Requested ``(height, width)``; ``None``: the image's own.
        resize: See :func:`tunebench.datasets.resizing.to_size`.

    Raises:
        UndecodableError: It is no image, damaged, or too large.
    """
    if not content:
        raise UndecodableError("is empty")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large images and odd metadata; what cannot be decoded is an exception.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=_formats()) as image:
                _check_claim(image.width * image.height, len(content))
                return _decode(image, name, size, resize)
    except UnidentifiedImageError as error:
        raise UndecodableError("is not an image") from error
    except Image.DecompressionBombError as error:
        # Pillow's limit, which protects from small files that fill the memory.
        most = 2 * (Image.MAX_IMAGE_PIXELS or 0) / 1e6
        raise UndecodableError(f"has more than {most:.0f} million pixels") from error
    except MemoryError as error:
        raise UndecodableError(f"{UNREADABLE} (not enough memory)") from error
    except UndecodableError:
        raise
    except Exception as error:  # a damaged file can raise anything
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise UndecodableError(f"is damaged ({reason})") from error


@functools.cache
def _formats() -> list[str]:
    """Those that this Pillow was built with."""
    Image.init()
    return sorted(_FORMATS & set(Image.OPEN))


def _decode(image: Image.Image, name: str, size: tuple[int, int] | None, resize: Resize) -> Decoded:
    mode, remarks = image.mode, _remarks(image, name)
    orientation = _orientation(image)
    on_its_side = orientation in range(5, 9)
    height_and_width = image.size if on_its_side else image.size[::-1]
    # Only JPEG can be reduced while it is decoded.
    may_be_reduced = size is not None and image.format in _REDUCED
    if size is not None and may_be_reduced:
        high, wide = size[::-1] if on_its_side else size
        image.draft(None, (_DRAFT_MARGIN * wide, _DRAFT_MARGIN * high))
    upright = image
    if orientation in range(2, 9):
        remarks.append("turned upright by EXIF data")
        upright = ImageOps.exif_transpose(image)
    rgb = _as_rgb(upright, remarks)
    height, width = height_and_width if may_be_reduced else rgb.size[::-1]
    pixels = np.asarray(rgb if size is None else to_size(rgb, size, resize), dtype=np.uint8)
    return Decoded(pixels, height, width, mode, tuple(remarks))


def _check_claim(pixels: int, size: int) -> None:
    if pixels > max(_SMALL, _MOST_PIXELS_PER_BYTE * size):
        raise UndecodableError(f"claims {pixels:,} pixels in {size:,} bytes")


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 (damaged EXIF data can raise anything, and the image may still be good)
        return 1


def _remarks(image: Image.Image, name: str) -> list[str]:
    remarks = []
    kind = image.format or ""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    known: Sequence[str] = _ENDINGS.get(kind, ())
    other = Image.registered_extensions().get(f".{ending}")
    if other is not None and other != kind and ending not in known and {other, kind} != {"BMP", "DIB"}:
        remarks.append(f"{kind} with the ending of {other}")
    if getattr(image, "n_frames", 1) > 1 and kind != "MPO":
        remarks.append("animated, first image used")
    return remarks


def _as_rgb(image: Image.Image, remarks: list[str]) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        remarks.append("more than 8 bits, scaled to 8")
        return Image.fromarray(_to_8_bits(np.asarray(image))).convert("RGB")
    if image.has_transparency_data:
        remarks.append("transparent, put on white")
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, (*_WHITE, 255)), layer).convert("RGB")
    return image.convert("RGB")


def _to_8_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Grey values of 16 bits, or floating-point ones from 0 to 1 or to 255, as 8 bits."""
    if not np.isfinite(values).all() or values.min() < 0 or values.max() > _LARGEST_16_BIT:
        raise UndecodableError("has pixel values outside 0 to 65535")
    if np.issubdtype(values.dtype, np.floating):
        if 1 < values.max() <= _AMBIGUOUS:
            raise UndecodableError("has pixel values a little above 1; expected 0 to 1 or 0 to 255")
        largest = next(top for top in (1, _LARGEST_8_BIT, _LARGEST_16_BIT) if values.max() <= top)
    elif values.dtype.itemsize > 2 and values.max() <= _LARGEST_8_BIT:  # noqa: PLR2004 (32 bits for a few)
        largest = _LARGEST_8_BIT
    else:
        largest = _LARGEST_16_BIT
    return np.rint(values.astype(np.float64) * (_LARGEST_8_BIT / largest)).astype(np.uint8)
