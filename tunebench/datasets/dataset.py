"""Images with labels, checked and read-only."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunebench.datasets.summary import Summary
from tunebench.datasets.units import Units
from tunebench.errors import DamagedDataError, DatasetError, NotEnoughImagesError
from tunebench.home import expand
from tunebench.options import Resize

VALIDATION_FRACTION = 0.2


class Split:
    """Images and their labels.

    Rows of a large array are copied into memory only when ``images`` is used, so that a split of a split
    costs nothing.

    Args:
        images: ``uint8`` of shape ``(n, height, width, 3)``, from 0 to 255.
        labels: ``int64`` of shape ``(n,)``, from 0 to the number of classes − 1; with ``rows`` one for each
            row.
        rows: The rows of ``images`` that belong to the split, in order; ``None``: all.
        files: The name of each row's file; ``None`` if there are no files.

    Raises:
        DamagedDataError: An array has another dtype or shape.
    """

    def __init__(
        self,
        images: NDArray[np.uint8],
        labels: NDArray[np.int64],
        rows: NDArray[np.int64] | None = None,
        files: Sequence[str] | None = None,
    ) -> None:
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:  # noqa: PLR2004 (n, h, w, RGB)
            raise DamagedDataError(
                "Images must be uint8 of shape (n, height, width, 3), "
                f"but are {images.dtype} of shape {images.shape}."
            )
        expected = images.shape[:1] if rows is None else rows.shape
        if labels.dtype != np.int64 or labels.shape != expected:
            raise DamagedDataError(
                f"Labels must be int64 of shape {expected}, but are {labels.dtype} of shape {labels.shape}."
            )
        self._source, self._rows, self._files = _read_only(images), rows, files
        self.labels = _read_only(labels)

    @cached_property
    def images(self) -> NDArray[np.uint8]:
        """The images in memory: ``uint8`` of shape ``(n, height, width, 3)``, read-only."""
        return self._source if self._rows is None else _read_only(self._source[self._rows])

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """``(height, width, 3)``."""
        height, width, channels = self._source.shape[1:]
        return height, width, channels

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, places: NDArray[np.int64]) -> "Split":
        """The images at these places, in this order."""
        rows = places if self._rows is None else self._rows[places]
        return Split(self._source, self.labels[places], rows, self._files)

    def name(self, place: int) -> str | None:
        """The name of an image's file; ``None`` if there are no files."""
        row = place if self._rows is None else int(self._rows[place])
        return None if self._files is None else self._files[row]

    def resized(self, size: tuple[int, int], resize: Resize) -> "Split":
        """The images in another size; see :meth:`Dataset.resized`."""
        from tunebench.datasets.resizing import resized  # noqa: PLC0415 (imports Pillow)

        files = None if self._files is None else [self.name(place) or "" for place in range(len(self))]
        return Split(resized(self.images, size, resize), self.labels, None, files)

    def parts(self, size: int = 4096) -> Iterator[NDArray[np.uint8]]:
        """The images in consecutive parts of at most ``size``, one of them in memory at a time."""
        for start in range(0, len(self), size):
            chosen = slice(start, start + size)
            yield self._source[chosen if self._rows is None else self._rows[chosen]]

    def first(self, size: int, *, split_name: str) -> "Split":
        """The first ``size`` images.

        Raises:
            NotEnoughImagesError: There are fewer images.
            DatasetError: ``size`` is not positive.
        """
        self.check_size(size, split_name=split_name)
        return self.take(np.arange(size))

    def check_size(self, size: int, *, split_name: str) -> None:
        """Raise the errors of :meth:`first`."""
        if size < 1:
            raise DatasetError(
                f"{size} {split_name} images were requested. "
                f"Use --{split_name}-size with a number from 1 to {len(self)}."
            )
        if size > len(self):
            raise NotEnoughImagesError(
                f"{size:,} {split_name} images were requested, but there are {len(self):,}. "
                f"Use --{split_name}-size {len(self)} or --{split_name}-size all."
            )


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view; the caller's own array stays writeable."""
    view = array.view()
    view.flags.writeable = False
    return view


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The data that a search receives: training and validation images, and no test images.

    Attributes:
        name: The data set's name.
        train: Images to train on.
        validation: Images held out of the training split, in the same class proportions.
        class_names: In the order of the labels.
        mirror_safe: Whether a mirrored image keeps its class (true of photographs, not of digits).
        groups: Of the training images followed by the validation images: those with the same number stay on
            one side of a split. ``None``: each image is a group of one.
    """

    name: str
    train: Split
    validation: Split
    class_names: tuple[str, ...]
    mirror_safe: bool
    groups: NDArray[np.int64] | None = None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """``(height, width, 3)``."""
        return self.train.image_shape

    @property
    def num_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over the class names and both parts' shapes, pixels and labels."""
        return content_sha256(self.class_names, self.train, self.validation)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set: both splits in their original order, with their class names.

    Attributes:
        name: Its name in records and reports.
        train: The training split.
        test: The test split, used by final trainings only.
        class_names: In the order of the labels.
        mirror_safe: Whether a mirrored image keeps its class.
        validation: Validation images that the data set itself provides; ``None``: they are held out of the
            training split.
        groups: Of the training images: those with the same number, such as copies of one image, stay on one
            side of a split. ``None``: each image is a group of one.
        summary: What was found when the images were read.
        source: The absolute path of a user's own data; ``None`` for a named data set or arrays.

    Raises:
        DamagedDataError: A label has no class name, or the splits' image shapes differ.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    mirror_safe: bool
    validation: Split | None = None
    groups: NDArray[np.int64] | None = None
    summary: Summary | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        for part, split in self.splits():
            split_name = "training" if part == "train" else part
            if split.image_shape != self.train.image_shape:
                raise DamagedDataError(
                    f"Training images of {self.name} have shape {self.train.image_shape}, "
                    f"{split_name} images {split.image_shape}; they must agree."
                )
            if len(split) == 0:
                raise DamagedDataError(f"The {split_name} split of {self.name} is empty; expected images.")
            if split.labels.min() < 0 or split.labels.max() >= len(self.class_names):
                raise DamagedDataError(
                    f"A {split_name} label of {self.name} is outside 0 to {len(self.class_names) - 1}."
                )

    def splits(self) -> Iterator[tuple[str, Split]]:
        """The splits by name: ``train``, ``validation`` if the data set has one of its own, ``test``."""
        yield "train", self.train
        if self.validation is not None:
            yield "validation", self.validation
        yield "test", self.test

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over the class names and all splits' shapes, pixels and labels."""
        return content_sha256(self.class_names, *(split for _, split in self.splits()))

    def limited(self, train_size: int | None, test_size: int | None) -> "Dataset":
        """The data set cut to the first images of each split.

        Args:
            train_size: Number of training images; ``None`` takes all.
            test_size: Number of test images; ``None`` takes all.

        Raises:
            NotEnoughImagesError: A split has fewer images.
            DatasetError: A size is not positive.
        """
        train = self.train if train_size is None else self.train.first(train_size, split_name="train")
        test = self.test if test_size is None else self.test.first(test_size, split_name="test")
        groups = None if self.groups is None else self.groups[: len(train)]
        return replace(self, train=train, test=test, groups=groups)

    def resized(self, size: tuple[int, int], resize: Resize) -> "Dataset":
        """The data set with all images in another size.

        Args:
            size: ``(height, width)``.
            resize: See :func:`tunebench.datasets.resizing.to_size`.
        """
        if self.train.image_shape[:2] == size:
            return self
        return replace(
            self,
            train=self.train.resized(size, resize),
            test=self.test.resized(size, resize),
            validation=None if self.validation is None else self.validation.resized(size, resize),
        )

    @classmethod
    def from_folder(cls, path: str | Path, **reading: Any) -> "Dataset":
        """Read a folder of images: a folder per class, perhaps below a folder per split, or a table.

        Args:
            path: The folder, or the table.
            reading: ``image_size`` (height, width), ``resize``, ``mirror`` and ``strict``, as on the command
                line.

        Raises:
            DatasetError: It cannot be used; the message says why.
        """
        from tunebench.datasets.from_files import Reading, read_images  # noqa: PLC0415 (needs this class)

        return read_images(expand(path), Reading(**reading))

    @classmethod
    def from_npz(cls, path: str | Path, **reading: Any) -> "Dataset":
        """Read an ``.npz`` file with ``x_train``, ``y_train``, ``x_test`` and ``y_test``.

        Args:
            path: The file.
            reading: As for :meth:`from_folder`.

        Raises:
            DatasetError: It cannot be used; the message says why.
        """
        from tunebench.datasets.arrays import read_npz  # noqa: PLC0415 (needs this class)
        from tunebench.datasets.from_files import Reading  # noqa: PLC0415 (the same)

        return read_npz(expand(path), Reading(**reading))

    @classmethod
    def from_arrays(
        cls,
        x_train: ArrayLike,
        y_train: ArrayLike,
        x_test: ArrayLike | None = None,
        y_test: ArrayLike | None = None,
        *,
        class_names: Sequence[str] | None = None,
        name: str = "arrays",
        mirror: bool = True,
    ) -> "Dataset":
        """Make a data set of arrays.

        Args:
            x_train: Training images of shape ``(n, height, width)`` or ``(n, height, width, 1, 3 or 4)``;
                ``uint8``, or floating-point from 0 to 1 or from 0 to 255. A fourth channel is transparency.
            y_train: Their labels, whole numbers or names, of shape ``(n,)``.
            x_test: Test images; without them a fifth of each class is held out of the training images.
            y_test: Their labels.
            class_names: In the order of the labels 0, 1, …; ``None``: the labels themselves, sorted.
            name: The data set's name in records and reports.
            mirror: Whether a mirrored image keeps its class.

        Raises:
            DatasetError: Images or labels have another dtype, shape or range, or classes are too small.
        """
        from tunebench.datasets.arrays import from_arrays  # noqa: PLC0415 (needs this class)
        from tunebench.datasets.from_files import Reading  # noqa: PLC0415 (the same)

        return from_arrays(
            x_train,
            y_train,
            x_test,
            y_test,
            class_names=class_names,
            name=name,
            reading=Reading(mirror=mirror),
        )

    def sampled(self, train_size: int | None, test_size: int | None, seed: int) -> "Dataset":
        """The data set cut to random images of each split, in the same class proportions.

        Args:
            train_size: Number of training images; ``None`` takes all.
            test_size: Number of test images; ``None`` takes all.
            seed: Selects them.

        Raises:
            NotEnoughImagesError: A split has fewer images.
            DatasetError: A size is not positive, or too small for the number of classes.
        """
        train = _sample(self.train, train_size, seed, "train")
        test = _sample(self.test, test_size, seed, "test")
        groups = None if self.groups is None else self.groups[train]
        return replace(self, train=self.train.take(train), test=self.test.take(test), groups=groups)

    def training_data(self, seed: int, validation_fraction: float = VALIDATION_FRACTION) -> TrainingData:
        """Hold out a stratified validation split, unless the data set has one of its own.

        Args:
            seed: Selects the validation images; the same seed selects the same images.
            validation_fraction: Fraction of the training split to hold out, between 0 and 1.

        Returns:
            Training and validation images, each in their original order.

        Raises:
            DatasetError: The training split is too small to hold out images of every class.
        """
        if self.validation is not None:
            alone = None if self.groups is None else -1 - np.arange(len(self.validation))
            groups = None if alone is None or self.groups is None else np.concatenate([self.groups, alone])
            return TrainingData(
                self.name, self.train, self.validation, self.class_names, self.mirror_safe, groups
            )
        kept, held_out = self._hold_out(seed, validation_fraction)
        return TrainingData(
            self.name,
            self.train.take(kept),
            self.train.take(held_out),
            self.class_names,
            self.mirror_safe,
            None if self.groups is None else self.groups[np.concatenate([kept, held_out])],
        )

    def _hold_out(self, seed: int, fraction: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        from sklearn.model_selection import train_test_split  # noqa: PLC0415 (takes a second, not needed for the CLI's help)

        units = Units.of(self.train.labels, self.groups)
        try:
            kept, held_out = train_test_split(
                np.arange(len(units)), test_size=fraction, random_state=seed, stratify=units.labels
            )
        except ValueError as error:
            raise DatasetError(
                f"{len(self.train):,} training images of {self.name} are too few to hold out "
                f"{fraction:.0%} for validation in the same class proportions ({error}). "
                "Use a larger --train-size."
            ) from error
        return units.images(kept), units.images(held_out)


def _sample(split: Split, size: int | None, seed: int, split_name: str) -> NDArray[np.int64]:
    """The places of a stratified part of a split, in their order."""
    everything = np.arange(len(split))
    if size is None:
        return everything
    split.check_size(size, split_name=split_name)
    if size == len(split):
        return everything
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 (as above)

    try:
        chosen, _ = train_test_split(everything, train_size=size, random_state=seed, stratify=split.labels)
    except ValueError as error:
        raise DatasetError(
            f"{size:,} {split_name} images cannot be taken in the classes' proportions ({error}). "
            f"Use a larger --{split_name}-size."
        ) from error
    return np.sort(chosen)


def content_sha256(class_names: tuple[str, ...], *splits: Split) -> str:
    """SHA-256 over class names, shapes, pixels and labels, as hexadecimal digits."""
    digest = hashlib.sha256()
    digest.update(repr(class_names).encode())
    for split in splits:
        digest.update(repr((len(split), *split.image_shape)).encode())
        for part in split.parts():
            digest.update(np.ascontiguousarray(part).data)
        digest.update(np.ascontiguousarray(split.labels.astype("<i8")).data)
    return digest.hexdigest()
