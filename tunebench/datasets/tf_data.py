"""A data set from ``tf.data``."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench.datasets.arrays import from_arrays
from tunebench.datasets.dataset import Dataset
from tunebench.errors import DatasetError

# Axes of an image, and of a batch of them.
_ONE, _BATCH = 3, 4
# tf.data's number for it.
_INFINITE = -1


def from_tf_data(pipeline: Any, **options: Any) -> Dataset:
    """Make a data set of a ``tf.data.Dataset`` of ``(image, label)``, batched or not, read once.

    Args:
        pipeline: Images and labels; a fifth of each class is held out as the test split.
        options: As for :func:`from_arrays`.

    Raises:
        DatasetError: See :func:`from_arrays`; or an element is not a pair of an image and a label.
    """
    return from_arrays(*_collected(pipeline), **options)


def _collected(pipeline: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    expected = "Expected pairs of an image and a label, or of a batch of each."
    spec = pipeline.element_spec
    parts = spec if isinstance(spec, tuple) else ()
    ranks = [getattr(getattr(part, "shape", None), "rank", None) for part in parts]
    if len(ranks) != 2 or ranks[0] not in {_ONE, _BATCH} or ranks[1] is None:  # noqa: PLR2004 (a pair)
        raise DatasetError(f"The elements of the tf.data.Dataset are {spec}. {expected}")
    if int(pipeline.cardinality()) == _INFINITE:
        raise DatasetError("The tf.data.Dataset repeats without end. Expected one pass; leave out repeat().")
    images, labels = [], []
    try:
        for image, label in pipeline.as_numpy_iterator():
            batch = ranks[0] == _BATCH
            images.append(image if batch else image[np.newaxis])
            labels.append(_numbers(np.asarray(label) if batch else np.asarray(label)[np.newaxis]))
    except Exception as error:  # the pipeline's own code can raise anything
        reason = " ".join(str(error).split())[:150]
        raise DatasetError(
            f"The tf.data.Dataset failed ({type(error).__name__}: {reason}). {expected}"
        ) from error
    if len({each.shape[1:] for each in images}) != 1:
        raise DatasetError(
            "The images of the tf.data.Dataset have different shapes, or there are none. Expected one shape; "
            "resize them in the pipeline."
        )
    return np.concatenate(images), np.concatenate(labels)


def _numbers(labels: NDArray[Any]) -> NDArray[Any]:
    """Labels of a batch as one number or name each: one-hot rows become numbers, bytes become text."""
    if labels.ndim == 2:  # noqa: PLR2004 (a row for each image)
        labels = labels[:, 0] if labels.shape[1] == 1 else labels.argmax(axis=1)
    if labels.dtype.kind == "f" and np.array_equal(labels, np.rint(labels)):
        return labels.astype(np.int64)
    if labels.dtype.kind in "OS":
        return np.array([_text(each) for each in labels.tolist()])
    return labels


def _text(label: Any) -> str:
    return label.decode(errors="replace") if isinstance(label, bytes) else str(label)
