"""The data sets that tunebench knows by name."""

import difflib
from dataclasses import dataclass
from pathlib import Path

from tunebench.datasets import cifar10, digits
from tunebench.datasets.dataset import Dataset
from tunebench.datasets.source import Source
from tunebench.errors import DataUnavailableError, UnknownDatasetError
from tunebench.options import Size

_SOURCES: dict[str, Source] = {source.name: source for source in (cifar10.SOURCE, digits.SOURCE)}


@dataclass(frozen=True, kw_only=True)
class CatalogueEntry:
    """What a list of data sets shows of one of them.

    Attributes:
        name: What ``load`` takes.
        summary: One line on its images.
        num_classes: How many classes it has.
        train_size: How many training images are taken by default.
        test_size: How many test images are taken by default.
        folder: Where it lies, or where it was looked for; ``None`` where it needs no folder.
        available: Whether it can be loaded without a download.
        how_to_get: Where it comes from, or what to do where it is not available.
    """

    name: str
    summary: str
    num_classes: int
    train_size: int
    test_size: int
    folder: Path | None
    available: bool
    how_to_get: str


def names() -> tuple[str, ...]:
    """The names that ``load`` takes."""
    return tuple(_SOURCES)


def catalogue(data_dir: Path | None = None) -> tuple[CatalogueEntry, ...]:
    """Every data set, with where it lies on this machine. Nothing is read or downloaded.

    Args:
        data_dir: Where to look, as in ``load``.

    Returns:
        An entry for each data set.
    """
    return tuple(_entry(source, data_dir) for source in _SOURCES.values())


def _entry(source: Source, data_dir: Path | None) -> CatalogueEntry:
    try:
        place = source.locate(data_dir)
        folder, available, how_to_get = place.folder, place.available, place.how_to_get
    except DataUnavailableError as error:
        folder, available, how_to_get = data_dir, False, str(error)
    return CatalogueEntry(
        name=source.name,
        summary=source.summary,
        num_classes=source.num_classes,
        train_size=source.train_size,
        test_size=source.test_size,
        folder=folder,
        available=available,
        how_to_get=how_to_get,
    )


def load(
    name: str, *, data_dir: Path | None = None, train_size: Size = None, test_size: Size = None
) -> Dataset:
    """A data set by its name.

    Args:
        name: One of ``names()``.
        data_dir: Where downloaded data lies; else ``$TUNEBENCH_DATA_DIR``, else Keras' own folder
            (``$KERAS_HOME/datasets``, else ``~/.keras/datasets``), into which data that is in none of them is
            downloaded.
        train_size: How many of the first training images; ``"all"`` takes every one, ``None`` the data set's
            default.
        test_size: How many of the first test images, in the same way.

    Returns:
        The images in their original order.

    Raises:
        UnknownDatasetError: There is no data set of that name.
        DataUnavailableError: It is neither on this machine nor can it be downloaded.
        DamagedDataError: A file is truncated, altered or something else.
        NotEnoughImagesError: A split holds fewer images than were asked for.
        DatasetError: A size is not positive.
    """
    source = _SOURCES.get(name)
    if source is None:
        near = difflib.get_close_matches(name.lower(), _SOURCES, n=1)
        suggestion = f"Did you mean {near[0]}? " if near else ""
        raise UnknownDatasetError(
            f"There is no data set {name!r}. {suggestion}Expected one of: {', '.join(_SOURCES)}."
        )
    return source.load(data_dir, _count(train_size, source.train_size), _count(test_size, source.test_size))


def _count(size: Size, default: int) -> int | None:
    if size is None:
        return default
    return None if size == "all" else size
