"""The predictions of a final model for the test images: ``predictions-<seed>.npz``.

Paired tests need them. The file may be damaged or foreign, so it is read without unpickling, and checked.
"""

import io
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunebench.errors import RecordError
from tunebench.files import DAMAGED_ARRAYS, write_atomically
from tunebench.records import DatasetRecord

# Probabilities of half precision round to a little more than 1.
_LARGEST = 1.001
# Enough for a gallery, and not too much for a page.
_MISTAKES = 24
_LARGEST_SIDE = 64
_IMAGE_AXES = 4
_CHANNELS = 3
# Bytes for the errors' images and the arrays' headers.
_ROOM = 10**7
_LARGEST_FILE = 4 * 10**9


@dataclass(frozen=True, eq=False)
class Mistakes:
    """The most confident errors of a model, the most confident first.

    Attributes:
        indices: Of the test images, ``int64`` of shape ``(k,)``.
        images: Small copies of them, ``uint8`` of shape ``(k, height, width, 3)``.
    """

    indices: NDArray[np.int64]
    images: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Predictions:
    """The predictions of one final model for the test images.

    Attributes:
        labels: The true classes, ``int64`` of shape ``(n,)``.
        probabilities: ``float32`` of shape ``(n, classes)``, finite, from 0 to 1.
        mistakes: The most confident errors; ``None`` if they were not kept.
    """

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    mistakes: Mistakes | None = None

    @cached_property
    def classes(self) -> NDArray[np.int64]:
        """The most probable class of each image, ``int64`` of shape ``(n,)``."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Which images are classified correctly, of shape ``(n,)``."""
        return np.asarray(self.classes == self.labels, dtype=np.bool_)


def read_predictions(path: Path, dataset: DatasetRecord) -> Predictions:
    """Read and check the predictions of a final model.

    Args:
        path: The file.
        dataset: The data set in its run's record.

    Returns:
        Labels and probabilities.

    Raises:
        RecordError: The file is missing, damaged or belongs to another run.
    """
    if path.exists() and not path.is_file():
        raise _predictions_error(path, "is not a regular file")
    try:
        # Opened here, because NumPy leaves a file open if it is not an archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            _check_size(path, arrays.zip, dataset)
            labels, probabilities = arrays["labels"], arrays["probabilities"]
            indices, images = arrays.get("mistakes"), arrays.get("mistake_images")
    except FileNotFoundError as error:
        raise _predictions_error(path, "is missing") from error
    except DAMAGED_ARRAYS as error:
        raise _predictions_error(path, "is damaged") from error
    tested, classes = dataset.test_size, len(dataset.class_names)
    if labels.dtype.kind not in "iu" or labels.shape != (tested,) or probabilities.shape != (tested, classes):
        raise _predictions_error(
            path,
            f"has labels of shape {labels.shape} and probabilities of shape {probabilities.shape}, "
            f"but its run tested {tested} images of {classes} classes",
        )
    if tested and (labels.min() < 0 or labels.max() >= classes):
        raise _predictions_error(path, f"has labels outside 0 to {classes - 1}")
    if probabilities.dtype.kind != "f" or not ((probabilities >= 0) & (probabilities <= _LARGEST)).all():
        raise _predictions_error(path, "has values that are not probabilities")
    mistakes = None
    if indices is not None and images is not None:
        mistakes = _checked_mistakes(path, indices, images, tested)
    read = Predictions(labels.astype(np.int64), probabilities.astype(np.float32), mistakes)
    if mistakes is not None and read.correct[mistakes.indices].any():
        raise _predictions_error(path, "lists correct predictions as errors")
    return read


def write_predictions(
    path: Path,
    labels: NDArray[np.int64],
    probabilities: NDArray[np.float32],
    images: NDArray[np.uint8],
) -> None:
    """Write the predictions of a final model, with small copies of its most confident errors.

    Args:
        path: The file, ``predictions-<seed>.npz``.
        labels: The true classes, of shape ``(n,)``.
        probabilities: Of shape ``(n, classes)``.
        images: The test images, ``uint8`` of shape ``(n, height, width, 3)``.

    Raises:
        RunFolderError: The file cannot be written.
    """
    classes = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(classes != labels)
    order = np.argsort(-probabilities[wrong, classes[wrong]], kind="stable")[:_MISTAKES]
    kept = wrong[order].astype(np.int64)
    step = max(1, -(-max(images.shape[1:3]) // _LARGEST_SIDE))
    content = io.BytesIO()
    np.savez_compressed(
        content,
        labels=labels.astype(np.int64),
        probabilities=probabilities.astype(np.float32),
        mistakes=kept,
        mistake_images=images[kept][:, ::step, ::step],
    )
    write_atomically(path, content.getvalue())


def _check_size(path: Path, archive: zipfile.ZipFile | None, dataset: DatasetRecord) -> None:
    """Refuse a file that unpacks to far more than its run tested, before unpacking it."""
    needed = 8 * dataset.test_size * (len(dataset.class_names) + 1) + _ROOM
    if archive is not None and sum(member.file_size for member in archive.infolist()) > min(
        needed, _LARGEST_FILE
    ):
        raise _predictions_error(path, "unpacks to more than the predictions of its run")


def _checked_mistakes(
    path: Path, indices: NDArray[np.int64], images: NDArray[np.uint8], tested: int
) -> Mistakes:
    shaped = images.dtype == np.uint8 and images.ndim == _IMAGE_AXES and images.shape[-1] == _CHANNELS
    within = indices.dtype.kind in "iu" and indices.shape == images.shape[:1]
    if not shaped or not within or (len(indices) and not 0 <= indices.min() <= indices.max() < tested):
        raise _predictions_error(path, "has errors that are not images of its test split")
    if len(indices) > _MISTAKES or not 1 <= min(images.shape[1:3]) <= max(images.shape[1:3]) <= _LARGEST_SIDE:
        raise _predictions_error(path, "has more errors, or larger images of them, than tunebench keeps")
    return Mistakes(indices.astype(np.int64), images)


def _predictions_error(path: Path, what: str) -> RecordError:
    return RecordError(f"{path} {what}. Expected the predictions of a final training; train the run again.")
