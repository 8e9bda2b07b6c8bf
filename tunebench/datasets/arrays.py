"""A data set from arrays, or from an ``.npz`` file."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import ArrayLike, NDArray

from tunebench.datasets.assembly import Assembly
from tunebench.datasets.dataset import Dataset
from tunebench.datasets.file_facts import FileFacts, digests, facts_of
from tunebench.datasets.from_files import Reading, dataset_name
from tunebench.datasets.listing import ImageFile, SplitName
from tunebench.datasets.resizing import resized
from tunebench.datasets.split import Split
from tunebench.datasets.summary import shown, size_text
from tunebench.errors import DamagedDataError, DatasetError, DataUnavailableError
from tunebench.files import DAMAGED_ARRAYS

_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
_IMAGES = "images of shape (n, height, width) or (n, height, width, 1, 3 or 4)"
_VALUES = "uint8, or floating-point from 0 to 1 or from 0 to 255"
_EXPECTED = f"Expected x_train, y_train, x_test and y_test: {_IMAGES}, {_VALUES}, and a label for each."
_GREY, _RGB, _RGBA = 1, 3, 4
_WHITE = 255.0
# A whole data set up to 255 has brighter pixels than this.
_DARK = 64
_AT_A_TIME = 2048


def read_npz(path: Path, reading: Reading) -> Dataset:
    """Read an ``.npz`` file with ``x_train``, ``y_train`` and, if there are any, ``x_test``, ``y_test``.

    Args:
        path: The file. Pickled objects in it are refused.
        reading: How.

    Raises:
        DataUnavailableError: It cannot be read.
        DamagedDataError: It is damaged or too large for the memory, or its arrays are not images and labels.
        DatasetError: See :func:`from_arrays`.
    """
    found = _load(path)
    if "x_train" not in found or "y_train" not in found or ("x_test" in found) != ("y_test" in found):
        raise DamagedDataError(
            f"{path} lacks arrays: it has {', '.join(found) or 'none of them'}. {_EXPECTED}"
        )
    return from_arrays(
        *(found.get(name) for name in _ARRAYS),
        name=dataset_name(path),
        reading=reading,
        title=str(path),
        source=str(path.resolve()),
    )


def _load(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        free = psutil.virtual_memory().available
        if size > free:
            raise DamagedDataError(
                f"{path} holds {size / 2**30:.1f} GiB of arrays, and {free / 2**30:.1f} GiB of memory are "
                "free. Expected arrays that fit; a folder of images need not."
            )
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in _ARRAYS if name in file.files}
    except DAMAGED_ARRAYS as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise DataUnavailableError(
                f"{path} cannot be read: {error.strerror}. Expected an .npz file that you may read."
            ) from error
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise DamagedDataError(f"{path} is not a readable .npz file ({reason}). {_EXPECTED}") from error


def from_arrays(
    x_train: ArrayLike | None,
    y_train: ArrayLike | None,
    x_test: ArrayLike | None = None,
    y_test: ArrayLike | None = None,
    *,
    class_names: Sequence[str] | None = None,
    name: str = "arrays",
    reading: Reading | None = None,
    title: str = "the data set",
    source: str | None = None,
) -> Dataset:
    """Make a data set of arrays; see :meth:`tunebench.datasets.Dataset.from_arrays`.

    Args:
        x_train: Training images.
        y_train: Their labels.
        x_test: Test images; without them a fifth of each class is held out of the training images.
        y_test: Their labels.
        class_names: In the order of the labels 0, 1, …; ``None``: the labels themselves, sorted.
        name: The data set's name.
        reading: Size and mirroring.
        title: What messages call it.
        source: Its absolute path, if it has one.

    Raises:
        DamagedDataError: Images or labels have another dtype, shape or range.
        DatasetError: Classes are too few or too small, or the splits do not fit each other.
    """
    reading = reading or Reading()
    if class_names is not None:
        class_names = [str(name) for name in class_names]
        if len(set(class_names)) < len(class_names):
            raise DatasetError("Two class names are equal. Expected a different name for each class.")
    has_test = x_test is not None or y_test is not None
    parts = [_Part.of("train", x_train, y_train, title, reading)]
    if has_test:
        parts.append(_Part.of("test", x_test, y_test, title, reading))
    shapes = [part.images.shape[1:] for part in parts]
    if shapes[0] != shapes[-1]:
        raise DamagedDataError(
            f"{title} has training images of shape {shapes[0]} and test images of shape {shapes[-1]}. "
            "Expected the same shape; --image-size resizes them."
        )
    height, width = shapes[0][:2]
    classes = class_names or [str(label) for label in np.unique(parts[0].labels).tolist()]
    return Assembly(
        title=title,
        name=name,
        files=[
            file for part in parts for file in part.files(class_names, split=part.name if has_test else None)
        ],
        facts=[fact for part in parts for fact in part.facts],
        split=lambda *chosen: _split([part.images for part in parts], *chosen),
        image_size=(height, width),
        mirror=reading.mirror,
        classes=classes,
        notes=[f"Images are {size_text((height, width))}."],
        source=source,
    ).dataset()


@dataclass(frozen=True, eq=False)
class _Part:
    """Images and labels of a split, checked."""

    name: SplitName
    images: NDArray[np.uint8]
    labels: NDArray[Any]
    facts: list[FileFacts]

    @classmethod
    def of(
        cls, name: SplitName, x: ArrayLike | None, y: ArrayLike | None, title: str, reading: Reading
    ) -> "_Part":
        images = as_rgb(x, f"x_{name} of {title}")
        labels = _labels(y, f"y_{name} of {title}", len(images))
        contents = None
        if reading.image_size is not None:
            contents = digests(images)
            images = resized(images, reading.image_size, reading.resize)
        return cls(name, images, labels, facts_of(images, contents))

    def files(self, class_names: Sequence[str] | None, split: SplitName | None) -> Iterator[ImageFile]:
        for place, label in enumerate(_named(self.labels, class_names)):
            yield ImageFile(path=f"{self.name} image {place}", label=label, split=split)


def _split(
    images: list[NDArray[np.uint8]],
    labels: NDArray[np.int64],
    places: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
) -> Split:
    """Some images, all of them from one array."""
    first = len(images[0])
    in_first = places[0] < first
    return Split(
        images[0 if in_first else 1],
        labels[places],
        places if in_first else places - first,
        groups=None if groups is None else groups[places],
    )


def as_rgb(images: ArrayLike | None, what: str) -> NDArray[np.uint8]:
    """Images as RGB.

    Args:
        images: Of shape ``(n, height, width)`` or ``(n, height, width, 1, 3 or 4)``; ``uint8``, or
            floating-point from 0 to 1 or, if a value is above 1, from 0 to 255. A fourth channel is
            transparency, put on white.
        what: Their name, for messages.

    Returns:
        ``uint8`` of shape ``(n, height, width, 3)``; RGB of ``uint8`` is not copied.

    Raises:
        DamagedDataError: They have another dtype, shape or range.
    """
    try:
        array = np.asarray(images)
    except ValueError as error:  # images of several sizes
        raise DamagedDataError(f"{what} is not one array. Expected {_IMAGES}.") from error
    if array.ndim == 3:  # noqa: PLR2004 (n, height, width)
        array = array[..., np.newaxis]
    if array.ndim != 4 or 0 in array.shape or array.shape[3] not in {_GREY, _RGB, _RGBA}:  # noqa: PLR2004 (with channels)
        raise DamagedDataError(f"{what} has the shape {array.shape}. Expected {_IMAGES}.")
    scale = 1.0
    if np.issubdtype(array.dtype, np.floating):
        low, high = array.min(), array.max()
        if not (low >= 0 and high <= _WHITE):  # also if one is NaN
            raise DamagedDataError(f"{what} has values from {low} to {high}. Expected {_VALUES}.")
        if 1 < high <= _DARK:
            raise DamagedDataError(
                f"{what} has values from {low:.4g} to {high:.4g}, which fit neither range. "
                f"Expected {_VALUES}; clip or scale them."
            )
        scale = _WHITE if high <= 1 else 1.0
    elif array.dtype != np.uint8:
        raise DamagedDataError(f"{what} has the dtype {array.dtype}. Expected {_VALUES}.")
    if array.dtype == np.uint8 and array.shape[3] == _RGB:
        return array
    rgb = np.empty((*array.shape[:3], _RGB), np.uint8)
    # In parts, because floating-point images take several times the memory of bytes.
    for start in range(0, len(array), _AT_A_TIME):
        rgb[start : start + _AT_A_TIME] = _bytes_of(array[start : start + _AT_A_TIME], scale)
    return rgb


def _bytes_of(part: NDArray[Any], scale: float) -> NDArray[np.uint8]:
    values = part.astype(np.float32) * np.float32(scale)
    if part.shape[3] == _RGBA:
        opacity = values[..., 3:] / np.float32(_WHITE)
        values = values[..., :3] * opacity + np.float32(_WHITE) * (1 - opacity)
    rounded: NDArray[np.uint8] = np.rint(values).astype(np.uint8)
    return rounded


def _labels(labels: ArrayLike | None, what: str, number: int) -> NDArray[Any]:
    array = np.asarray(labels)
    if array.ndim == 2 and array.shape[1] == 1:  # noqa: PLR2004 (as Keras' CIFAR-10 has them)
        array = array[:, 0]
    if array.shape != (number,) or array.dtype.kind not in "iuUb":
        raise DamagedDataError(
            f"{what} has the dtype {array.dtype} and the shape {array.shape}. Expected {number:,} whole "
            "numbers or names, one for each image."
        )
    return array


def _named(labels: NDArray[Any], class_names: Sequence[str] | None) -> Iterator[str]:
    if class_names is None:
        return (str(label) for label in labels.tolist())
    if labels.dtype.kind == "U":
        unknown = sorted(set(labels.tolist()) - set(class_names))
        if unknown:
            raise DatasetError(f"The label {shown(unknown[0])} is not among the class names.")
        return iter(labels.tolist())
    if labels.min() < 0 or labels.max() >= len(class_names):
        raise DatasetError(
            f"There are {len(class_names)} class names, but the labels go from {labels.min()} to "
            f"{labels.max()}. Expected labels from 0, and a name for each."
        )
    return (class_names[label] for label in labels.tolist())
