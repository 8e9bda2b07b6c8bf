"""Find images that look almost alike, by perceptual hashes."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# The hash: of a grey image of so many pixels a side, the lowest frequencies of each direction.
_SIDE, _FREQUENCIES = 32, 8
# Images hashed at a time: their grey values take 8 KiB each.
_AT_A_TIME = 512
# Bits by which the hashes of near duplicates differ at most; of 64.
_NEAR_BITS = 4
_BANDS = 4
_BITS = 64 // _BANDS
# Images that share a band of their hashes. More are plain images, all of which look alike to the hash.
_LARGEST = 500
MOST_PAIRS = 1000


def perceptual_hashes(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """ImageHash's ``phash`` of each image: alike for images that look alike.

    It is computed here, because many images at a time take a fifth of the time.

    Args:
        images: ``uint8`` of shape ``(n, height, width, 3)``.

    Returns:
        ``uint64`` of shape ``(n,)``.
    """
    from scipy.fft import dct  # noqa: PLC0415 (not for the command line's help)

    hashes = np.empty(len(images), np.uint64)
    for start in range(0, len(images), _AT_A_TIME):
        grey = np.stack([_grey(image) for image in images[start : start + _AT_A_TIME]]).astype(np.float64)
        low = dct(dct(grey, axis=1)[:, :_FREQUENCIES], axis=2)[:, :, :_FREQUENCIES].reshape(len(grey), -1)
        bits = low > np.median(low, axis=1, keepdims=True)
        hashes[start : start + len(grey)] = np.packbits(bits, axis=1).view(">u8")[:, 0]
    return hashes


def _grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    grey = Image.fromarray(image).convert("L")
    return np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS))


def near_pairs(
    hashes: NDArray[np.uint64], parts: NDArray[np.int64] | None = None, most: int = MOST_PAIRS
) -> list[tuple[int, int]]:
    """Pairs of images whose perceptual hashes differ in at most four of 64 bits, the closest first.

    Pairs are sought among images that share at least 16 consecutive bits, which every pair with at most three
    different bits does and most with four.

    Args:
        hashes: See :func:`perceptual_hashes`.
        parts: A number for each image: only pairs with different numbers count. ``None``: all do.
        most: Pairs returned at most.
    """
    # Rows of distance, first and second image.
    found = np.empty((0, 3), np.int64)
    parts = np.arange(len(hashes)) if parts is None else parts
    for band in range(_BANDS):
        for pairs in _sharing(hashes, parts, band):
            found = np.concatenate([found, pairs])
            if len(found) > 8 * most:
                found = _closest(found, most)
    return [(first, second) for _, first, second in _closest(found, most).tolist()]


def _sharing(hashes: NDArray[np.uint64], parts: NDArray[np.int64], band: int) -> Iterator[NDArray[np.int64]]:
    """Near pairs among images that have the same bits in a band, in parts; rows as in :func:`near_pairs`."""
    keys = (hashes >> np.uint64(band * _BITS)) & np.uint64((1 << _BITS) - 1)
    order = np.argsort(keys, kind="stable")
    _, bucket, sizes = np.unique(keys[order], return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)[bucket]
    places = np.flatnonzero(sizes[bucket] <= _LARGEST)
    # Each image with the next one of its bucket, then with the one after that, and so on.
    for step in range(1, _LARGEST):
        places = places[places + step < ends[places]]
        if not len(places):
            return
        one, other = order[places], order[places + step]
        distances = np.bitwise_count(hashes[one] ^ hashes[other]).astype(np.int64)
        pairs = np.column_stack([distances, np.minimum(one, other), np.maximum(one, other)])
        yield pairs[(distances <= _NEAR_BITS) & (parts[one] != parts[other])]


def _closest(pairs: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Different pairs, sorted; rows as in :func:`near_pairs`."""
    return np.unique(pairs, axis=0)[:most]
