"""Find copies of images, and images that look almost alike."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunebench.datasets.file_facts import FileFacts
from tunebench.datasets.listing import ImageFile
from tunebench.datasets.looks import MOST_PAIRS, near_pairs
from tunebench.datasets.summary import Conflict, NearPair, shown
from tunebench.units import together


@dataclass(frozen=True, eq=False)
class Copies:
    """Files with the same image.

    Attributes:
        first: The place of each file's first copy, which may be itself, ``int64`` of shape ``(files,)``.
        duplicates: Groups of files, by path.
        conflicts: Those groups that have different labels.
    """

    first: NDArray[np.int64]
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
        first=same,
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


def find_near(
    files: Sequence[ImageFile], splits: Sequence[str | None], facts: Sequence[FileFacts], copies: Copies
) -> list[NearPair]:
    """Find pairs of images that look almost alike, those across splits first, then the closest first.

    Images of one group are no pair, because they stay on one side of every split. Of copies, only the first
    is compared.

    Args:
        files: The images.
        splits: Theirs; ``None``: the image is in none, and is not compared.
        facts: What is known of each.
        copies: What :func:`find_copies` found.
    """
    # The other copies would be near everything that the first one is near.
    is_first = copies.first == np.arange(len(files))
    kept = [place for place, split in enumerate(splits) if split is not None and is_first[place]]
    hashes = np.array([facts[place].looks for place in kept], np.uint64)
    across = near_pairs(hashes, _numbered(splits[place] for place in kept))
    # Each image without a group is one.
    pairs = near_pairs(hashes, _numbered(files[place].group or place for place in kept))
    return [
        NearPair(
            first=shown(files[kept[one]].path),
            second=shown(files[kept[other]].path),
            splits=(str(splits[kept[one]]), str(splits[kept[other]])),
        )
        for one, other in list(dict.fromkeys([*across, *pairs]))[:MOST_PAIRS]
    ]


def _numbered(names: Iterable[Hashable]) -> NDArray[np.int64]:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], np.int64)
