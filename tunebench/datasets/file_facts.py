"""Decode a few files: their pixels, and what is known of each file."""

import os
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from tunebench.data_options import Resize
from tunebench.datasets.decoding import UNREADABLE, UndecodableError, decode
from tunebench.datasets.looks import perceptual_hashes
from tunebench.datasets.split import digest

_LARGEST_FILE = 2**29


class FileFacts(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a file besides its pixels.

    Attributes:
        error: Why it cannot be used; ``None`` if it can.
        height: Of the image in the file, upright.
        width: Likewise.
        mode: Pillow's name of its colours.
        remarks: See :class:`tunebench.datasets.decoding.Decoded`.
        content: A hash of the file.
        pixels: A hash of the decoded and resized pixels.
        looks: Their perceptual hash; 0 if the file cannot be used.
    """

    error: str | None
    height: int = 0
    width: int = 0
    mode: str = ""
    remarks: tuple[str, ...] = ()
    content: str = ""
    pixels: str = ""
    looks: int = 0


def facts_of(images: NDArray[np.uint8], contents: Sequence[str] | None = None) -> list[FileFacts]:
    """What is known of images that have no files.

    Args:
        images: ``uint8`` of shape ``(n, height, width, 3)``.
        contents: Hashes of them before they were resized; ``None``: they were not.
    """
    pixels = digests(images)
    looks = perceptual_hashes(images).tolist()
    return [
        FileFacts(None, content=content, pixels=pixel, looks=look)
        for content, pixel, look in zip(contents or pixels, pixels, looks, strict=True)
    ]


def digests(images: NDArray[np.uint8]) -> list[str]:
    """A hash of each image's pixels."""
    return [digest(image.tobytes()) for image in images]


def decode_and_hash(
    paths: Sequence[str], size: tuple[int, int], resize: Resize
) -> tuple[NDArray[np.uint8], list[FileFacts]]:
    """The same as :func:`decode_some`, with perceptual hashes."""
    pixels, facts = decode_some(paths, size, resize)
    looks = perceptual_hashes(pixels).tolist()
    return pixels, [
        fact if fact.error is not None else msgspec.structs.replace(fact, looks=looks[place])
        for place, fact in enumerate(facts)
    ]


def decode_some(
    paths: Sequence[str], size: tuple[int, int], resize: Resize
) -> tuple[NDArray[np.uint8], list[FileFacts]]:
    """Decode a few files; what a process is given to do.

    Args:
        paths: The files.
        size: ``(height, width)``.
        resize: See :func:`tunebench.datasets.resizing.to_size`.

    Returns:
        ``uint8`` of shape ``(files, height, width, 3)``, black if a file cannot be used, and a fact for each
        file, without its perceptual hash.
    """
    pixels = np.zeros((len(paths), *size, 3), np.uint8)
    return pixels, [_decode_into(pixels[place], path, resize) for place, path in enumerate(paths)]


def _decode_into(pixels: NDArray[np.uint8], path: str, resize: Resize) -> FileFacts:
    height, width, _ = pixels.shape
    try:
        content = read_file(path)
        image = decode(content, os.path.basename(path), (height, width), resize)  # noqa: PTH119 (as below)
    except UndecodableError as error:
        return FileFacts(str(error))
    pixels[:] = image.pixels
    return FileFacts(
        None, image.height, image.width, image.mode, image.remarks, digest(content), digest(pixels.data)
    )


def read_file(path: str) -> bytes:
    """A file's content.

    Raises:
        UndecodableError: It cannot be read, or is too large.
    """
    try:
        with open(path, "rb") as file:  # noqa: PTH123 (faster, for tens of thousands)
            if os.fstat(file.fileno()).st_size > _LARGEST_FILE:
                raise UndecodableError(f"is larger than {_LARGEST_FILE // 2**20} MiB")
            return file.read()
    except OSError as error:
        raise UndecodableError(f"{UNREADABLE} ({error.strerror})") from error
