"""CIFAR-10 in its official python version: a folder of pickled batches.

Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009; the layout is described at
https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from pathlib import Path
from typing import Any

import numpy as np

from tunebench.datasets.dataset import Dataset, Split
from tunebench.datasets.source import Place, Source, given_folder, keras_cache
from tunebench.datasets.unpickling import unpickle_batch
from tunebench.errors import DamagedDataError, DataUnavailableError

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FOLDER = "cifar-10-batches-py"
TRAIN_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILE, NAMES_FILE = "test_batch", "batches.meta"
FILES = (*TRAIN_FILES, TEST_FILE, NAMES_FILE)

ORIGIN = "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
# The value that Keras pins for the same file: keras/src/datasets/cifar10.py, version 3.15.1.
SHA256 = "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
# Keras' names for the unpacked folder and the archive: either program reuses what the other downloaded.
_KERAS_FOLDER = "cifar-10-batches-py-target"
_KERAS_ARCHIVE = "cifar-10-batches-py-target_archive"

_SIDE = 32
_IMAGE_BYTES = 3 * _SIDE * _SIDE
_MEND = (
    f"Give --data-dir a folder that holds {FOLDER}/ as the official archive does, or use --dataset digits."
)


def load(
    data_dir: Path | None = None,
    train_size: int | None = None,
    test_size: int | None = None,
    *,
    origin: str = ORIGIN,
    sha256: str = SHA256,
) -> Dataset:
    """CIFAR-10 from a folder on this machine, else downloaded into Keras' cache.

    Args:
        data_dir: A folder that holds ``cifar-10-batches-py/``, or that folder itself. Where it is given, or
            ``$TUNEBENCH_DATA_DIR`` is set, nothing is downloaded.
        train_size: How many training images; ``None`` takes all that are there.
        test_size: How many test images; ``None`` takes all that are there.
        origin: The archive's URL.
        sha256: The archive's SHA-256.

    Returns:
        The images of shape ``(n, 32, 32, 3)`` in their original order.

    Raises:
        DataUnavailableError: The data is not there, cannot be read or cannot be downloaded.
        DamagedDataError: A file is truncated, altered or something else.
        NotEnoughImagesError: A split holds fewer images.
    """
    folder = _find(data_dir)
    if folder is None:
        given = given_folder(data_dir)
        if given is not None:
            raise DataUnavailableError(f"CIFAR-10 is not in {given}. {_MEND}")
        folder = _download(origin, sha256)
    _check_class_names(folder)
    train = _read_train(folder, train_size)
    test = _read_batch(folder / TEST_FILE)
    return Dataset(SOURCE.name, train, test, CLASS_NAMES, mirror_safe=True).limited(train_size, test_size)


def locate(data_dir: Path | None = None) -> Place:
    """Find CIFAR-10 without reading it; see ``load`` for where it is looked for.

    Raises:
        DataUnavailableError: The folder cannot be read.
    """
    folder = _find(data_dir)
    if folder is not None:
        return Place(folder=folder, available=True, how_to_get="read from this folder")
    given = given_folder(data_dir)
    if given is not None:
        return Place(folder=given, available=False, how_to_get=_MEND)
    return Place(
        folder=keras_cache(),
        available=False,
        how_to_get=f"downloaded at first use (170 MB, from {ORIGIN}); or name its folder with --data-dir",
    )


def _find(data_dir: Path | None) -> Path | None:
    root = given_folder(data_dir) or keras_cache()
    try:
        for folder in (root / FOLDER, root / _KERAS_FOLDER / FOLDER, root):
            if any((folder / name).exists() for name in FILES):
                return folder
    except OSError as error:
        raise DataUnavailableError(f"{root} cannot be read: {error.strerror}. {_MEND}") from error
    return None


def _download(origin: str, sha256: str) -> Path:
    from tunebench.datasets.download import download, unpack  # noqa: PLC0415 (starts Keras)

    archive = download(origin, sha256=sha256, folder=keras_cache(), file_name=_KERAS_ARCHIVE)
    return unpack(archive, [f"{FOLDER}/{name}" for name in FILES], keras_cache() / FOLDER)


def _check_class_names(folder: Path) -> None:
    names = _read(folder / NAMES_FILE).get(b"label_names")
    if names != [name.encode() for name in CLASS_NAMES]:
        raise DamagedDataError(
            f"{folder / NAMES_FILE} does not name CIFAR-10's ten classes. "
            "Expected the official python version; get it again."
        )


def _read_train(folder: Path, train_size: int | None) -> Split:
    """The training batches in order, as many of the files as ``train_size`` needs."""
    there = [name for name in TRAIN_FILES if (folder / name).exists()]
    # The first images of the split are asked for: with a batch missing in between they are others.
    for name in TRAIN_FILES[: max(len(there), 1)]:
        if name not in there:
            raise DataUnavailableError(f"{folder} lacks {name}. {_MEND}")
    batches: list[Split] = []
    for name in there:
        batches.append(_read_batch(folder / name))
        if train_size is not None and sum(map(len, batches)) >= train_size:
            break
    images, labels = zip(*((batch.images, batch.labels) for batch in batches), strict=True)
    return Split(np.concatenate(images), np.concatenate(labels))


def _read_batch(path: Path) -> Split:
    batch = _read(path)
    pixels, labels = batch.get(b"data"), batch.get(b"labels")
    if not isinstance(pixels, np.ndarray) or not isinstance(labels, list) or not labels:
        raise DamagedDataError(
            f"{path} lacks images or labels. Expected a batch of CIFAR-10's python version."
        )
    if pixels.shape != (len(labels), _IMAGE_BYTES):
        raise DamagedDataError(
            f"{path} holds pixels of shape {pixels.shape} for {len(labels):,} labels; "
            f"expected ({len(labels)}, {_IMAGE_BYTES}). Get the file again."
        )
    if not all(type(label) is int and 0 <= label < len(CLASS_NAMES) for label in labels):
        raise DamagedDataError(f"{path} has a label that is no whole number from 0 to 9. Get the file again.")
    # A row is the red plane, then the green, then the blue.
    images = pixels.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1)
    return Split(np.ascontiguousarray(images), np.array(labels, np.int64))


def _read(path: Path) -> dict[Any, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataUnavailableError(f"{path} cannot be read: {error.strerror}. {_MEND}") from error
    return unpickle_batch(content, source=str(path))


SOURCE = Source(
    name="cifar10",
    summary="CIFAR-10: 32×32 photographs of animals and vehicles",
    num_classes=len(CLASS_NAMES),
    # What the slide deck took.
    train_size=10_000,
    test_size=2_000,
    load=load,
    locate=locate,
)
