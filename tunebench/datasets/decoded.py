"""Decode many files in several processes, once: the pixels are kept in a memory-mapped file."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import PIL
from numpy.typing import NDArray

from tunebench.array_cache import ArrayCache, CachedArray
from tunebench.data_options import Resize
from tunebench.datasets.decoding import UNREADABLE, UndecodableError, decode
from tunebench.datasets.file_facts import FileFacts, decode_and_hash, read_file
from tunebench.datasets.listing import Listing
from tunebench.datasets.processes import in_processes
from tunebench.errors import DatasetError

# Raised when decoding, or what is kept with the images, changes, so that earlier ones are not used.
_RULES = 3
# Files that a process decodes at a time, and the fewest for which starting processes pays.
_AT_A_TIME = 64
_FEW = 512
# Images of one size keep it up to this side. Larger or different ones become so large, because the time that
# a CNN trains grows with the number of pixels.
LARGEST_OWN_SIDE = 128
DEFAULT_SIDE = 96

OnImages = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class DecodedFiles:
    """The images of a listing.

    Attributes:
        pixels: ``uint8`` of shape ``(files, height, width, 3)``; black if a file cannot be used.
        facts: One for each file.
        size: ``(height, width)`` of ``pixels``.
        why: Why it is this size.
    """

    pixels: NDArray[np.uint8]
    facts: list[FileFacts]
    size: tuple[int, int]
    why: str


class ImageCache(ArrayCache):
    """Decoded images on disk."""

    NAME = "images"


def decode_files(
    listing: Listing,
    size: tuple[int, int] | None,
    resize: Resize,
    cache: ImageCache | None,
    on_images: OnImages | None = None,
) -> DecodedFiles:
    """Decode the files of a listing, or read what an earlier call has decoded.

    Args:
        listing: At least one file.
        size: ``(height, width)`` to resize to. ``None``: the images' own if they agree and have no side above
            ``LARGEST_OWN_SIDE``, else ``DEFAULT_SIDE`` squared.
        resize: See :func:`tunebench.datasets.resizing.to_size`.
        cache: Keeps the pixels; ``None``: they are decoded into memory.
        on_images: Called with the number of files done and in all; optional.

    Raises:
        RunFolderError: The cache cannot be written.
    """
    if size is not None:
        return _decode_to(listing, size, "as asked for", resize, cache, on_images, exact=False)
    square = (DEFAULT_SIDE, DEFAULT_SIDE)
    own = _first_size(listing)
    if own is None:
        return _decode_to(listing, square, "the default", resize, cache, on_images, exact=False)
    if max(own) > LARGEST_OWN_SIDE:
        why = f"because the images are large, the first one {own[0]}×{own[1]} (height × width)"
        return _decode_to(listing, square, why, resize, cache, on_images, exact=False)
    other = _known_other_size(listing, own, resize, cache)
    if other is None:
        try:
            return _decode_to(listing, own, "the images' own", resize, cache, on_images, exact=True)
        except _OtherSizeError as found:
            other = str(found)
    why = f"because the images differ, such as {own[0]}×{own[1]} and {other} (height × width)"
    return _decode_to(listing, square, why, resize, cache, on_images, exact=False)


class _OtherSizeError(Exception):
    """An image has another size than the first one; the message is that size."""


def _known_other_size(
    listing: Listing, own: tuple[int, int], resize: Resize, cache: ImageCache | None
) -> str | None:
    """A size other than the first image's, if an earlier command has found one."""
    square = (DEFAULT_SIDE, DEFAULT_SIDE)
    kept = None if cache is None else cache.read(_key(listing, square, resize, exact=False))
    return None if kept is None else _other_size(_facts(kept), own)


def _decode_to(
    listing: Listing,
    size: tuple[int, int],
    why: str,
    resize: Resize,
    cache: ImageCache | None,
    on_images: OnImages | None,
    *,
    exact: bool,
) -> DecodedFiles:
    facts: list[FileFacts] = []

    def compute() -> Iterator[NDArray[np.uint8]]:
        facts.clear()
        paths = _paths(listing)
        for pixels, found in _parts(paths, size, resize):
            if exact and (other := _other_size(found, size)):
                raise _OtherSizeError(other)
            facts.extend(found)
            if on_images is not None:
                on_images(len(facts), len(paths))
            yield pixels

    if cache is None:
        return DecodedFiles(_gather(compute(), len(listing.files), size), facts, size, why)
    key = _key(listing, size, resize, exact=exact)
    found = cache.get_or_compute(key, len(listing.files), compute, lambda: facts)
    facts = _facts(found)
    if any((each.error or "").startswith(UNREADABLE) for each in facts):
        # It may be readable the next time, without a new time of change.
        cache.discard(key)
    return DecodedFiles(found.array, facts, size, why)


def _facts(kept: CachedArray) -> list[FileFacts]:
    return msgspec.json.decode(kept.details, type=list[FileFacts])


def _other_size(facts: Sequence[FileFacts], size: tuple[int, int]) -> str | None:
    """The first size that is not the given one, as text."""
    return next(
        (
            f"{each.height}×{each.width}"
            for each in facts
            if each.error is None and (each.height, each.width) != size
        ),
        None,
    )


def _gather(parts: Iterator[NDArray[np.uint8]], number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    pixels = np.empty((number, *size, 3), np.uint8)
    start = 0
    for part in parts:
        pixels[start : start + len(part)] = part
        start += len(part)
    return pixels


def _parts(
    paths: Sequence[str], size: tuple[int, int], resize: Resize
) -> Iterator[tuple[NDArray[np.uint8], list[FileFacts]]]:
    """Decode files in order, part by part."""
    chunks = [paths[start : start + _AT_A_TIME] for start in range(0, len(paths), _AT_A_TIME)]
    yield from in_processes(
        decode_and_hash, [(chunk, size, resize) for chunk in chunks], several=len(paths) > _FEW
    )


def _first_size(listing: Listing) -> tuple[int, int] | None:
    """``(height, width)`` of the first image that can be decoded."""
    for path in _paths(listing):
        try:
            image = decode(read_file(path), path, None, "crop")
        except UndecodableError:
            continue
        return image.height, image.width
    return None


def _paths(listing: Listing) -> list[str]:
    # pathlib takes seconds for tens of thousands.
    return [os.path.join(listing.root, file.path) for file in listing.files]  # noqa: PTH118


def _key(listing: Listing, size: tuple[int, int], resize: Resize, *, exact: bool) -> str:
    """Identifies the files, by path, size and times of change, and how they are decoded.

    A program can set the time at which the content changed, as copying with preserved times does, but not the
    time at which the system noted a change of the file.
    """
    parts: list[Any] = [_RULES, PIL.__version__, size, resize, exact, str(listing.root.resolve())]
    hasher = hashlib.sha256(repr(parts).encode(errors="surrogateescape"))
    for file, path in zip(listing.files, _paths(listing), strict=True):
        try:
            status = os.stat(path)  # noqa: PTH116 (of 60,000)
        except OSError as error:
            raise DatasetError(
                f"{path} cannot be read: {error.strerror}. The folder is being changed; run the command "
                "again when it is complete."
            ) from error
        line = f"{file.path}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ctime_ns}\n"
        hasher.update(line.encode(errors="surrogateescape"))
    return hasher.hexdigest()
