"""Find copies of images, and images that look almost alike."""

import heapq
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tunebench.datasets.decoded import FileFacts, OnImages
from tunebench.datasets.processes import in_processes
from tunebench.datasets.summary import Conflict, shown
from tunebench.units import together

# Bits by which the hashes of near duplicates differ at most; of 64.
_NEAR_BITS = 4
_BANDS = 4


@dataclass(frozen=True, eq=False)
class Copies:
    """Files with the same image.

    Attributes:
        duplicates: Groups of files, by path.
        conflicts: Those groups that have different labels.
    """

    duplicates: list[list[str]]
    conflicts: list[Conflict]


def find_copies(paths: Sequence[str], labels: Sequence[str], facts: Sequence[FileFacts]) -> Copies:
    """Find files of the same content, or of the same pixels after decoding and resizing."""
    same = together(len(paths), [fact.content for fact in facts], [fact.pixels for fact in facts])
    members: dict[int, list[int]] = defaultdict(list)
    for place, group in enumerate(same.tolist()):
        members[group].append(place)
    groups = [places for places in members.values() if len(places) > 1]
    return Copies(
        duplicates=[[shown(paths[place]) for place in places] for places in groups],
        conflicts=[
            Conflict(
                files=[shown(paths[place]) for place in places],
                labels=[shown(labels[place]) for place in places],
            )
            for places in groups
            if len({labels[place] for place in places}) > 1
        ],
    )


def perceptual_hashes(
    parts: Sequence[NDArray[np.uint8]], on_images: OnImages | None = None
) -> NDArray[np.uint64]:
    """ImageHash's hash of each image by its cosine transform: alike for images that look alike.

    Args:
        parts: Images in parts, ``uint8`` of shape ``(n, height, width, 3)``; several are hashed at once.
        on_images: Called with the number of images done and in all; optional.

    Returns:
        ``uint64`` of shape ``(images,)``.
    """
    total = sum(map(len, parts))
    found: list[NDArray[np.uint64]] = []
    for hashes in in_processes(_hashes, [(part,) for part in parts], several=len(parts) > 1):
        found.append(hashes)
        if on_images is not None:
            on_images(sum(map(len, found)), total)
    return np.concatenate(found)


def _hashes(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    import imagehash  # noqa: PLC0415 (imports SciPy; only for `tunebench check`)

    bits = [imagehash.phash(Image.fromarray(image)).hash.reshape(-1) for image in images]
    return np.packbits(np.array(bits, np.bool_), axis=1).view(">u8").reshape(-1).astype(np.uint64)


def near_pairs(hashes: NDArray[np.uint64], most: int = 1000) -> list[tuple[int, int]]:
    """Pairs of images whose perceptual hashes differ in at most four of 64 bits, the closest first.

    Pairs are sought among images that share at least 16 consecutive bits, which every pair with at most three
    different bits does and most with four.

    Args:
        hashes: See :func:`perceptual_hashes`.
        most: Pairs returned at most.
    """
    found: dict[tuple[int, int], int] = {}
    bits = np.uint64(64 // _BANDS)
    for band in range(_BANDS):
        keys = (hashes >> (np.uint64(band) * bits)) & np.uint64((1 << int(bits)) - 1)
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order[:1]] ^ np.uint64(1)))
        for bucket in np.split(order, starts[1:]):
            # A large bucket holds plain images, all of which look alike to the hash.
            if 1 < len(bucket) <= 500:  # noqa: PLR2004 (pairs grow with the square)
                distances = np.bitwise_count(hashes[bucket][:, None] ^ hashes[bucket][None, :])
                for one, other in zip(*np.nonzero(np.triu(distances <= _NEAR_BITS, 1)), strict=True):
                    first, second = sorted((int(bucket[one]), int(bucket[other])))
                    found[first, second] = int(distances[one, other])
            if len(found) > 8 * most:
                found = dict(heapq.nsmallest(most, found.items(), key=lambda item: (item[1], item[0])))
    return sorted(found, key=lambda pair: (found[pair], pair))[:most]
