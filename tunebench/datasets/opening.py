"""Open what ``--dataset`` names: a named data set, a folder, a table, an ``.npz`` file, or an object."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from tunebench.data_options import DataOptions
from tunebench.datasets.arrays import read_npz
from tunebench.datasets.catalogue import load, names
from tunebench.datasets.dataset import Dataset
from tunebench.datasets.decoded import ImageCache, OnImages
from tunebench.datasets.from_files import Reading, read_images
from tunebench.datasets.tf_data import from_tf_data
from tunebench.errors import DatasetError, DataUnavailableError, UnknownDatasetError, did_you_mean
from tunebench.home import expand

_TABLE_ENDINGS = {".csv", ".jsonl"}


def open_dataset(options: DataOptions, *, seed: int = 0, on_images: OnImages | None = None) -> Dataset:
    """Open the data set that a command's options name.

    Args:
        options: Which images.
        seed: Selects images if fewer than all are wanted of a user's own.
        on_images: Called with the number of files decoded and in all; optional.

    Raises:
        UnknownDatasetError: It is neither a name nor a path.
        DatasetError: It cannot be used; the message says why.
        RunFolderError: Decoded images cannot be kept.
    """
    wanted, image_size = options.dataset, cast("tuple[int, int] | None", options.image_size)
    if isinstance(wanted, str) and wanted in names():
        data_dir = None if options.data_dir is None else Path(options.data_dir)
        found = load(wanted, data_dir=data_dir, train_size=options.train_size, test_size=options.test_size)
    else:
        reading = Reading(
            image_size=image_size,
            resize=options.resize,
            strict=options.strict,
            cache=ImageCache(),
            on_images=on_images,
        )
        found = _users_own(wanted, reading)
        train_size, test_size = (
            None if size == "all" else size for size in (options.train_size, options.test_size)
        )
        found = found.sampled(train_size, test_size, seed)
    if image_size is not None:
        found = found.resized(image_size, options.resize)
    if options.mirror != "auto":
        found = replace(found, mirror_safe=options.mirror == "yes")
    return found


def _users_own(wanted: Any, reading: Reading) -> Dataset:
    if isinstance(wanted, Dataset):
        return wanted
    if hasattr(wanted, "as_numpy_iterator"):
        return from_tf_data(wanted, name="tf_data")
    if not isinstance(wanted, str | os.PathLike):
        raise DatasetError(
            f"A data set cannot be a {type(wanted).__name__}. Expected a name, a path, a tunebench.Dataset "
            "or a tf.data.Dataset."
        )
    return read_path(expand(os.fspath(wanted)), reading, str(wanted))


def read_path(path: Path, reading: Reading, given: str) -> Dataset:
    """Read a folder, a table or an ``.npz`` file.

    Args:
        path: Its path.
        reading: How.
        given: As the user wrote it.

    Raises:
        DatasetError: It is not there, or cannot be used.
    """
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError) as error:  # ValueError: a null byte
        raise DataUnavailableError(f"{given!r} cannot be read: {error}. Expected a path.") from error
    if is_folder or (is_file and path.suffix.lower() in _TABLE_ENDINGS):
        return read_images(path, reading)
    if is_file and path.suffix.lower() == ".npz":
        return read_npz(path, reading)
    if is_file:
        raise DatasetError(
            f"{given!r} is a file of an unknown kind. Expected a folder of images, a table (.csv or .jsonl) "
            "or an .npz file."
        )
    raise UnknownDatasetError(
        f"There is no data set {given!r}. {did_you_mean(given.lower(), names())}"
        f"Expected one of {', '.join(names())}, or the "
        "path of a folder of images, a table (.csv or .jsonl) or an .npz file."
    )
