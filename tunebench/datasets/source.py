"""What a data set's file declares about itself, and where downloaded data lies."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tunebench.datasets.dataset import Dataset


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a data set lies on this machine.

    Attributes:
        folder: Where it was found, or else where it was looked for; ``None`` where it needs no folder.
        available: Whether it can be loaded without a download.
        how_to_get: Where it comes from, or what to do where it is not available.
    """

    folder: Path | None
    available: bool
    how_to_get: str


@dataclass(frozen=True, kw_only=True)
class Source:
    """A data set that tunebench knows by name.

    Attributes:
        name: What users call it.
        summary: One line on its images.
        num_classes: How many classes it has.
        train_size: How many training images are taken unless the user says otherwise.
        test_size: The same of the test images.
        load: Reads it. Takes the folder that the user gave, if any, and the number of training and of test
            images (``None``: all).
        locate: Finds it, without reading it. Takes the folder that the user gave, if any.
    """

    name: str
    summary: str
    num_classes: int
    train_size: int
    test_size: int
    load: Callable[[Path | None, int | None, int | None], Dataset]
    locate: Callable[[Path | None], Place]


def given_folder(data_dir: Path | None) -> Path | None:
    """The folder of data that the user gave: ``data_dir``, else ``$TUNEBENCH_DATA_DIR``, else ``None``."""
    if data_dir is not None:
        return data_dir.expanduser()
    variable = os.environ.get("TUNEBENCH_DATA_DIR")
    return Path(variable).expanduser() if variable else None


def keras_cache() -> Path:
    """Keras' own folder of data sets, so that what Keras has downloaded is not downloaded again.

    Returns:
        ``$KERAS_HOME/datasets``, else ``~/.keras/datasets``.
    """
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "datasets"
