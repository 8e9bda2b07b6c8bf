"""What ``tunebench check`` finds in a data set."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tunebench.datasets.dataset import Dataset
from tunebench.datasets.decoded import OnImages
from tunebench.datasets.duplicates import find_copies, find_near
from tunebench.datasets.file_facts import facts_of
from tunebench.datasets.listing import ImageFile
from tunebench.datasets.summary import Summary

if TYPE_CHECKING:
    from tunebench.datasets.file_facts import FileFacts

# Images hashed at a time.
_AT_A_TIME = 512


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A data set's name and summary.

    Attributes:
        name: The data set's name.
        summary: See :class:`Summary`.
    """

    name: str
    summary: Summary

    def counts(self, split: str) -> list[int]:
        """Images of each class in a split; empty if there is no such split."""
        return [counts[split] for counts in self.summary.classes.values() if split in counts]

    def lines(self) -> Iterator[str]:
        """A table of the classes, then what a user should know."""
        table = self.summary.table()
        if table is not None:
            yield from table.lines()
        yield ""
        yield from self.summary.sentences()

    def as_json(self) -> dict[str, Any]:
        """The same as an object for JSON."""
        return {"name": self.name, **asdict(self.summary), "imbalance": round(self.summary.imbalance, 2)}


def check(dataset: Dataset, on_images: OnImages | None = None) -> Checked:
    """Examine a data set, the images of all splits together.

    Args:
        dataset: The data set.
        on_images: Called with the number of images of a named data set compared and in all; optional.
    """
    return Checked(name=dataset.name, summary=dataset.summary or _summary(dataset, on_images))


def _summary(dataset: Dataset, on_images: OnImages | None) -> Summary:
    """The summary of a named data set: its classes, its copies and near duplicates."""
    splits = [split for split, part in dataset.splits() for _ in range(len(part))]
    names = [f"{split} image {place}" for split, part in dataset.splits() for place in range(len(part))]
    labels = [dataset.class_names[label] for _, part in dataset.splits() for label in part.labels.tolist()]
    facts: list[FileFacts] = []
    for _, split in dataset.splits():
        for images in split.parts(_AT_A_TIME):
            facts += facts_of(images)
            if on_images is not None:
                on_images(len(facts), len(splits))
    files = [ImageFile(path=name, label=label) for name, label in zip(names, labels, strict=True)]
    copies = find_copies(names, labels, facts)
    return Summary(
        classes=dataset.counts(),
        image_size=dataset.train.image_shape[:2],
        duplicates=copies.duplicates,
        conflicts=copies.conflicts,
        near_duplicates=find_near(files, splits, facts, copies),
    )
