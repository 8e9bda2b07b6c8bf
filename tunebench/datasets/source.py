"""What the module of a named data set provides."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tunebench.datasets.dataset import Dataset


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """A data set in the list of data sets.

    Attributes:
        name: The name that ``load`` takes.
        summary: One line on its images.
        num_classes: Number of classes.
        train_size: Default number of training images.
        test_size: Default number of test images.
        folder: Where it is, or where it was looked for; ``None`` if it needs no folder.
        available: Whether it can be loaded without a download.
        how_to_get: Where it comes from, or what to do if it is not available.
    """

    name: str
    summary: str
    num_classes: int
    train_size: int
    test_size: int
    folder: Path | None = None
    available: bool = True
    how_to_get: str


class Source(Protocol):
    """A module that provides one data set.

    Attributes:
        ENTRY: Its entry in the catalogue, without a search for its files.
    """

    ENTRY: CatalogueEntry

    def load(self, data_dir: Path | None, train_size: int | None, test_size: int | None, /) -> Dataset:
        """Load the first images of each split; a size of ``None`` takes them all."""
        ...

    def locate(self, data_dir: Path | None, /) -> CatalogueEntry:
        """Find the files without reading them."""
        ...
