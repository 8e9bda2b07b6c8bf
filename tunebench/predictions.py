"""What a final model said of each test image: ``predictions-<seed>.npz``.

Paired tests need it, so it is kept beside every final model. The file may be damaged or foreign: it is read
without unpickling anything, and checked.
"""

import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tunebench.errors import RecordError
from tunebench.records import DatasetRecord

# Probabilities of half precision round to a little more than 1.
_LARGEST = 1.001
# All that a truncated, altered or foreign file was seen to raise.
_DAMAGED = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    TypeError,
    AttributeError,
    MemoryError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class Predictions:
    """What one final model said of each test image.

    Attributes:
        labels: The true classes, ``int64`` of shape ``(n,)``.
        probabilities: ``float32`` of shape ``(n, classes)``, finite, from 0 to 1.
    """

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]

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
        dataset: What its run says of the images.

    Returns:
        Labels and probabilities.

    Raises:
        RecordError: The file is missing, damaged or not of that run.
    """
    try:
        # Opened here, for NumPy leaves a file open that is no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            labels, probabilities = arrays["labels"], arrays["probabilities"]
    except FileNotFoundError as error:
        raise _predictions_error(path, "is missing") from error
    except _DAMAGED as error:
        raise _predictions_error(path, "is damaged") from error
    images, classes = dataset.test_size, len(dataset.class_names)
    if labels.dtype.kind not in "iu" or labels.shape != (images,) or probabilities.shape != (images, classes):
        raise _predictions_error(
            path,
            f"holds labels of shape {labels.shape} and probabilities of shape {probabilities.shape}, "
            f"but its run tested {images} images of {classes} classes",
        )
    if images and (labels.min() < 0 or labels.max() >= classes):
        raise _predictions_error(path, f"holds labels outside 0 to {classes - 1}")
    if probabilities.dtype.kind != "f" or not ((probabilities >= 0) & (probabilities <= _LARGEST)).all():
        raise _predictions_error(path, "holds values that are no probabilities")
    return Predictions(labels.astype(np.int64), probabilities.astype(np.float32))


def _predictions_error(path: Path, what: str) -> RecordError:
    return RecordError(
        f"{path} {what}. Expected the predictions of a final training; train the run again for them."
    )
