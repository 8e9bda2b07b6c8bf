"""Open what ``--dataset`` names: a named data set, a folder, a table, an ``.npz`` file, or an object."""

import difflib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from tunebench.data_options import DataOptions, Mirror, Resize, Size
from tunebench.datasets.arrays import read_npz
from tunebench.datasets.catalogue import load, names
from tunebench.datasets.dataset import Dataset
from tunebench.datasets.decoded import ImageCache, OnImages
from tunebench.datasets.from_files import Reading, read_images
from tunebench.datasets.tf_data import from_tf_data
from tunebench.errors import DatasetError, DataUnavailableError, UnknownDatasetError
from tunebench.home import expand

_TABLE_ENDINGS = {".csv", ".jsonl"}


@dataclass(frozen=True, kw_only=True)
class Request:
    """Which images are wanted.

    Attributes:
        dataset: A name from ``tunebench datasets``, a path, a `Dataset` or a ``tf.data.Dataset``.
        data_dir: The folder of a named data set.
        train_size: Number of training images; ``None``: the data set's default.
        test_size: Number of test images, likewise.
        image_size: ``(height, width)``; ``None``: the images' own, or one that suits them.
        resize: See :func:`tunebench.datasets.resizing.to_size`.
        mirror: Whether a mirrored image keeps its class; ``auto``: what is known of a named data set,
            otherwise yes.
        strict: Whether a file that cannot be used is an error.
        seed: Selects images if fewer than all are wanted of a user's own.
        cached: Whether decoded images are kept for the next command.
        on_images: Called with the number of files decoded and in all; optional.
    """

    dataset: Any
    data_dir: Path | None = None
    train_size: Size = None
    test_size: Size = None
    image_size: tuple[int, int] | None = None
    resize: Resize = "crop"
    mirror: Mirror = "auto"
    strict: bool = False
    seed: int = 0
    cached: bool = True
    on_images: OnImages | None = None


def request_of(
    options: DataOptions, *, seed: int, cached: bool, on_images: OnImages | None = None
) -> Request:
    """The request that a command's options make."""
    return Request(
        dataset=options.dataset,
        data_dir=None if options.data_dir is None else Path(options.data_dir),
        train_size=options.train_size,
        test_size=options.test_size,
        image_size=cast("tuple[int, int] | None", options.image_size),
        resize=options.resize,
        mirror=options.mirror,
        strict=options.strict,
        seed=seed,
        cached=cached,
        on_images=on_images,
    )


def open_dataset(request: Request) -> Dataset:
    """Open a data set.

    Raises:
        UnknownDatasetError: It is neither a name nor a path.
        DatasetError: It cannot be used; the message says why.
        RunFolderError: Decoded images cannot be kept.
    """
    wanted = request.dataset
    if isinstance(wanted, str) and wanted in names():
        found = load(
            wanted, data_dir=request.data_dir, train_size=request.train_size, test_size=request.test_size
        )
    else:
        found = _users_own(request)
        train_size, test_size = (
            None if size == "all" else size for size in (request.train_size, request.test_size)
        )
        found = found.sampled(train_size, test_size, request.seed)
    if request.image_size is not None:
        found = found.resized(request.image_size, request.resize)
    if request.mirror != "auto":
        found = replace(found, mirror_safe=request.mirror == "yes")
    return found


def _users_own(request: Request) -> Dataset:
    wanted = request.dataset
    if isinstance(wanted, Dataset):
        return wanted
    if hasattr(wanted, "as_numpy_iterator"):
        return from_tf_data(wanted, name="tf_data")
    if not isinstance(wanted, str | os.PathLike):
        raise DatasetError(
            f"A data set cannot be a {type(wanted).__name__}. Expected a name, a path, a tunebench.Dataset "
            "or a tf.data.Dataset."
        )
    path = expand(os.fspath(wanted))
    reading = Reading(
        image_size=request.image_size,
        resize=request.resize,
        mirror=request.mirror != "no",
        strict=request.strict,
        cache=ImageCache() if request.cached else None,
        on_images=request.on_images,
    )
    return read_path(path, reading, str(wanted))


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
    known = names()
    near = difflib.get_close_matches(given.lower(), known, n=1)
    suggestion = f"Did you mean {near[0]}? " if near else ""
    raise UnknownDatasetError(
        f"There is no data set {given!r}. {suggestion}Expected one of {', '.join(known)}, or the path of a "
        "folder of images, a table (.csv or .jsonl) or an .npz file."
    )
