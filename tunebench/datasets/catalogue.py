"""The named data sets."""

import dataclasses
from pathlib import Path

from tunebench.data_options import Size
from tunebench.datasets import cifar10, digits, keras_sets
from tunebench.datasets.dataset import Dataset
from tunebench.datasets.source import CatalogueEntry, Source
from tunebench.errors import DataUnavailableError, UnknownDatasetError, did_you_mean

_SOURCES: dict[str, Source] = {
    "cifar10": cifar10,
    "cifar100": keras_sets.CIFAR100,
    "mnist": keras_sets.MNIST,
    "fashion_mnist": keras_sets.FASHION_MNIST,
    "digits": digits,
}


def names() -> tuple[str, ...]:
    """The names that ``load`` takes."""
    return tuple(_SOURCES)


def catalogue(data_dir: Path | None = None) -> tuple[CatalogueEntry, ...]:
    """Every named data set and where it is on this machine. Reads and downloads nothing.

    Args:
        data_dir: Where to look, as in ``load``.
    """
    return tuple(_locate(source, data_dir) for source in _SOURCES.values())


def _locate(source: Source, data_dir: Path | None) -> CatalogueEntry:
    try:
        return source.locate(data_dir)
    except DataUnavailableError as error:
        return dataclasses.replace(source.ENTRY, folder=data_dir, available=False, how_to_get=str(error))


def load(
    name: str, *, data_dir: Path | None = None, train_size: Size = None, test_size: Size = None
) -> Dataset:
    """Load a data set by name.

    Args:
        name: One of ``names()``.
        data_dir: The folder that holds the data. Default: ``$TUNEBENCH_DATA_DIR``, else Keras' cache
            (``$KERAS_HOME/datasets`` or ``~/.keras/datasets``), with a download if the data is not there.
        train_size: Number of training images, taken from the start; ``"all"`` takes every image, ``None``
            the data set's default number.
        test_size: Number of test images, likewise.

    Returns:
        The images in their original order.

    Raises:
        UnknownDatasetError: No data set has that name.
        DataUnavailableError: The data is not on this machine and cannot be downloaded.
        DamagedDataError: A file is truncated, altered or of another kind.
        NotEnoughImagesError: A split has fewer images than requested.
        DatasetError: A size is not positive.
    """
    source = _SOURCES.get(name)
    if source is None:
        raise UnknownDatasetError(
            f"There is no data set {name!r}. {did_you_mean(name.lower(), _SOURCES)}"
            f"Expected one of: {', '.join(_SOURCES)}."
        )
    entry = source.ENTRY
    return source.load(data_dir, _count(train_size, entry.train_size), _count(test_size, entry.test_size))


def _count(size: Size, default: int) -> int | None:
    if size is None:
        return default
    return None if size == "all" else size
