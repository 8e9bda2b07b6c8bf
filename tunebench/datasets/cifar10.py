"""CIFAR-10 in its official python version: a folder of pickled batches.

Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009; the layout is described at
https://www.cs.toronto.edu/~kriz/cifar.html. Keras downloads the archive, checks its SHA-256 and unpacks it.
"""

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np

from tunebench.datasets.dataset import Dataset
from tunebench.datasets.keras_cache import keras_cache, load_with_keras
from tunebench.datasets.source import CatalogueEntry
from tunebench.datasets.split import Split
from tunebench.datasets.unpickling import unpickle_batch
from tunebench.errors import DamagedDataError, DataUnavailableError
from tunebench.home import expand

CLASS_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
FOLDER = "cifar-10-batches-py"
TRAIN_FILES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_FILE, NAMES_FILE = "test_batch", "batches.meta"
FILES = (*TRAIN_FILES, TEST_FILE, NAMES_FILE)
_KERAS_FOLDER = "cifar-10-batches-py-target"

_SIDE = 32
_IMAGE_BYTES = 3 * _SIDE * _SIDE
_HOW_TO_FIX = f"Give --data-dir a folder that holds the official {FOLDER}/, or use --dataset digits."

ENTRY = CatalogueEntry(
    name="cifar10",
    summary="CIFAR-10: 32×32 photographs of animals and vehicles",
    num_classes=len(CLASS_NAMES),
    # The sizes of the published comparison.
    train_size=10_000,
    test_size=2_000,
    available=False,
    how_to_get="Keras downloads it at first use (170 MB, from https://www.cs.toronto.edu/~kriz/cifar.html); "
    "or name its folder with --data-dir",
)


def load(
    data_dir: Path | None = None, train_size: int | None = None, test_size: int | None = None
) -> Dataset:
    """CIFAR-10 from a folder on this machine, or from Keras' cache, which Keras fills on first use.

    Args:
        data_dir: A folder that holds ``cifar-10-batches-py/``, or that folder itself; it may have fewer
            batches or images than the official one. Default: ``$TUNEBENCH_DATA_DIR``. If neither is given,
            Keras' cache is used.
        train_size: Number of training images; ``None`` takes all.
        test_size: Number of test images; ``None`` takes all.

    Returns:
        The images of shape ``(n, 32, 32, 3)`` in their original order.

    Raises:
        DataUnavailableError: The data is missing, cannot be read or cannot be downloaded.
        DamagedDataError: A file is truncated, altered or of another kind.
        NotEnoughImagesError: A split has fewer images.
    """
    given = _given_folder(data_dir)
    folder = _find(given)
    if folder is None:
        if given is not None:
            raise DataUnavailableError(f"CIFAR-10 is not in {given}. {_HOW_TO_FIX}")
        folder = _download()
    names = _read(folder / NAMES_FILE).get(b"label_names")
    if names != [name.encode() for name in CLASS_NAMES]:
        raise DamagedDataError(f"{folder / NAMES_FILE} does not name CIFAR-10's ten classes. {_HOW_TO_FIX}")
    train = _read_train(folder, train_size)
    test = _read_batch(folder / TEST_FILE)
    return Dataset(ENTRY.name, train, test, CLASS_NAMES, mirror_safe=True).limited(train_size, test_size)


def locate(data_dir: Path | None = None) -> CatalogueEntry:
    """Find CIFAR-10 without reading it; the places are those of ``load``.

    Raises:
        DataUnavailableError: The folder cannot be read.
    """
    given = _given_folder(data_dir)
    folder = _find(given)
    if folder is not None:
        return dataclasses.replace(ENTRY, folder=folder, available=True, how_to_get="read from this folder")
    return dataclasses.replace(
        ENTRY, folder=given or keras_cache(), how_to_get=_HOW_TO_FIX if given else ENTRY.how_to_get
    )


def _given_folder(data_dir: Path | None) -> Path | None:
    if data_dir is None and (variable := os.environ.get("TUNEBENCH_DATA_DIR")):
        data_dir = Path(variable)
    return data_dir and expand(data_dir)


def _find(given: Path | None) -> Path | None:
    """The folder of the batches: part of CIFAR-10 is enough in a given folder, but not in Keras' cache."""
    root = given or keras_cache()
    enough = any if given else all
    try:
        for folder in (root / FOLDER, root / _KERAS_FOLDER / FOLDER, root):
            if enough((folder / name).exists() for name in FILES):
                return folder
    except OSError as error:
        raise DataUnavailableError(f"{root} cannot be read: {error.strerror}. {_HOW_TO_FIX}") from error
    return None


def _download() -> Path:
    """Fill Keras' cache, with progress on standard error; Keras replaces an archive that is damaged."""
    load_with_keras(
        "CIFAR-10",
        lambda loaders: loaders.cifar10.load_data(),
        f"Retry with a network; if that fails, delete {_KERAS_FOLDER}* there. {_HOW_TO_FIX}",
    )
    return keras_cache() / _KERAS_FOLDER / FOLDER


def _read_train(folder: Path, train_size: int | None) -> Split:
    """The training batches in order, only as many files as ``train_size`` needs."""
    present = [name for name in TRAIN_FILES if (folder / name).exists()]
    # A missing batch between others is an error: later images are not the first ones.
    for name in TRAIN_FILES[: max(len(present), 1)]:
        if name not in present:
            raise DataUnavailableError(f"{folder} lacks {name}. {_HOW_TO_FIX}")
    batches: list[Split] = []
    for name in present:
        batches.append(_read_batch(folder / name))
        if train_size is not None and sum(map(len, batches)) >= train_size:
            break
    images, labels = zip(*((batch.images, batch.labels) for batch in batches), strict=True)
    return Split(np.concatenate(images), np.concatenate(labels))


def _read_batch(path: Path) -> Split:
    batch = _read(path)
    pixels, labels = batch.get(b"data"), batch.get(b"labels")
    if not isinstance(pixels, np.ndarray) or not isinstance(labels, list) or not labels:
        raise DamagedDataError(f"{path} lacks images or labels; expected a batch of CIFAR-10. {_HOW_TO_FIX}")
    if pixels.shape != (len(labels), _IMAGE_BYTES):
        raise DamagedDataError(
            f"{path} has pixels of shape {pixels.shape} for {len(labels):,} labels; "
            f"expected ({len(labels)}, {_IMAGE_BYTES}). {_HOW_TO_FIX}"
        )
    if not all(type(label) is int and 0 <= label < len(CLASS_NAMES) for label in labels):
        raise DamagedDataError(f"{path} has a label that is not an integer from 0 to 9. {_HOW_TO_FIX}")
    # A row is the red plane, then the green, then the blue.
    images = pixels.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1)
    return Split(np.ascontiguousarray(images), np.array(labels, np.int64))


def _read(path: Path) -> dict[Any, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataUnavailableError(f"{path} cannot be read: {error.strerror}. {_HOW_TO_FIX}") from error
    return unpickle_batch(content, source=str(path))
