"""What ``tunebench check`` finds in a data set."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from tunebench.datasets.dataset import Dataset
from tunebench.datasets.decoded import FileFacts, OnImages
from tunebench.datasets.duplicates import find_copies, near_pairs, perceptual_hashes
from tunebench.datasets.split import Split, digest
from tunebench.datasets.summary import Summary

_NAMED = 3
# Images that a process compares at a time.
_AT_A_TIME = 512


@dataclass(frozen=True, kw_only=True)
class NearPair:
    """Two images that look almost alike.

    Attributes:
        first: An image, by file or by split and number.
        second: Another.
        splits: The splits of both.
    """

    first: str
    second: str
    splits: tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A data set's summary, and the pairs of images in it that look almost alike.

    Attributes:
        name: The data set's name.
        summary: See :class:`Summary`.
        near_duplicates: At most a thousand pairs, the closest first, without exact copies.
    """

    name: str
    summary: Summary
    near_duplicates: list[NearPair]

    def counts(self, split: str) -> list[int]:
        """Images of each class in a split; empty if there is no such split."""
        return [counts[split] for counts in self.summary.classes.values() if split in counts]

    def lines(self) -> Iterator[str]:
        """A table of the classes, then what a user should know."""
        table = self.summary.table()
        if table is not None:
            yield from table.lines()
        yield ""
        yield from self.sentences()

    def sentences(self) -> Iterator[str]:
        """What a user should know."""
        yield from self.summary.sentences()
        across = sum(len(set(pair.splits)) > 1 for pair in self.near_duplicates)
        if self.near_duplicates:
            named = "; ".join(f"{pair.first} and {pair.second}" for pair in self.near_duplicates[:_NAMED])
            yield (
                f"Near duplicates: {len(self.near_duplicates):,} pairs look alike, {across:,} of them across "
                f"splits ({named})."
            )

    def as_json(self) -> dict[str, Any]:
        """The same as an object for JSON."""
        found = asdict(self.summary)
        return {
            "name": self.name,
            **found,
            "imbalance": round(self.summary.imbalance, 2),
            "near_duplicates": [asdict(pair) for pair in self.near_duplicates],
        }


def check(dataset: Dataset, on_images: OnImages | None = None) -> Checked:
    """Examine a data set, the images of all splits together.

    Args:
        dataset: The data set.
        on_images: Called with the number of images compared and in all; optional.
    """
    names = [name for split, part in dataset.splits() for name in _names(split, part)]
    splits = [split for split, part in dataset.splits() for _ in range(len(part))]
    summary = dataset.summary or _summary(dataset, names)
    images = [part for _, split in dataset.splits() for part in split.parts(_AT_A_TIME)]
    # Of copies the first: the others would be near everything that it is near.
    copies = {name for group in summary.duplicates for name in group[1:]}
    kept = [place for place, name in enumerate(names) if name not in copies]
    pairs = [
        NearPair(
            first=names[kept[one]], second=names[kept[other]], splits=(splits[kept[one]], splits[kept[other]])
        )
        for one, other in near_pairs(perceptual_hashes(images, on_images)[kept])
    ]
    return Checked(name=dataset.name, summary=summary, near_duplicates=pairs)


def _names(split: str, part: Split) -> Iterator[str]:
    return (part.name(place) or f"{split} image {place}" for place in range(len(part)))


def _summary(dataset: Dataset, names: list[str]) -> Summary:
    """The summary of a named data set: its classes and its exact copies."""
    keys = [
        digest(image.tobytes()) for _, split in dataset.splits() for part in split.parts() for image in part
    ]
    labels = [dataset.class_names[label] for _, split in dataset.splits() for label in split.labels.tolist()]
    copies = find_copies(names, labels, [FileFacts(None, content=key, pixels=key) for key in keys])
    return Summary(
        classes=dataset.counts(),
        image_size=dataset.train.image_shape[:2],
        duplicates=copies.duplicates,
        conflicts=copies.conflicts,
    )
