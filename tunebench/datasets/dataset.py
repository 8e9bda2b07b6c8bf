"""A data set: its splits, and what a search and the final trainings receive of it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tunebench.data_options import Resize
from tunebench.datasets.split import Split, content_sha256, digest
from tunebench.datasets.summary import Summary
from tunebench.datasets.training_data import TrainingData
from tunebench.errors import DamagedDataError, DatasetError
from tunebench.home import expand
from tunebench.option_kinds import IMAGE_SIZE
from tunebench.units import Units

VALIDATION_FRACTION = 0.2


def _sized(reading: dict[str, Any]) -> dict[str, Any]:
    """How to read images, with the size as a pair."""
    size = reading.get("image_size")
    return reading if size is None else {**reading, "image_size": IMAGE_SIZE.read(size)}


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
        summary: What was found when the images were read.
        source: The absolute path of a user's own data; ``None`` for a named data set or arrays.
        identity: The same for the same images in another size; ``None``: that is not known.

    Raises:
        DamagedDataError: A label has no class name, or the splits' image shapes differ.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    mirror_safe: bool
    validation: Split | None = None
    summary: Summary | None = None
    source: str | None = None
    identity: str | None = None

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
        """The splits by name: ``train``, ``validation`` if the data set provides one, ``test``."""
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
        return replace(self, train=train, test=test)

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
            identity=self.identity or self.sha256,
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

        return read_images(expand(path), Reading(**_sized(reading)))

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

        return read_npz(expand(path), Reading(**_sized(reading)))

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
        train, test = self.train, self.test
        if train_size is not None:
            train = train.take(train.sampled(train_size, seed, split_name="train"))
        if test_size is not None:
            test = test.take(test.sampled(test_size, seed, split_name="test"))
        identity = self.identity
        if identity is not None and (len(train), len(test)) != (len(self.train), len(self.test)):
            identity = digest(f"{identity} {len(train)} {len(test)} {seed}".encode())
        found = replace(self, train=train, test=test, identity=identity)
        return replace(found, summary=self.summary and replace(self.summary, classes=found.counts()))

    def counts(self) -> dict[str, dict[str, int]]:
        """Images of each class by split."""
        numbers = self.class_counts()
        return {
            name: {split: counts[label] for split, counts in numbers.items()}
            for label, name in enumerate(self.class_names)
        }

    def class_counts(self) -> dict[str, list[int]]:
        """Images of each class by split, in the order of the labels."""
        return {
            name: np.bincount(split.labels, minlength=len(self.class_names)).tolist()
            for name, split in self.splits()
        }

    def training_data(self, seed: int, validation_fraction: float = VALIDATION_FRACTION) -> TrainingData:
        """Hold out a stratified validation split, unless the data set provides one.

        Args:
            seed: Selects the validation images; the same seed selects the same images.
            validation_fraction: Fraction of the training split to hold out, between 0 and 1.

        Returns:
            Training and validation images, each in their original order.

        Raises:
            DatasetError: The training split is too small to hold out images of every class.
        """
        if self.validation is not None:
            return TrainingData(self.name, self.train, self.validation, self.class_names, self.mirror_safe)
        places = self._hold_out(seed, validation_fraction)
        train, validation = (self.train.take(each) for each in places)
        return TrainingData(self.name, train, validation, self.class_names, self.mirror_safe, places)

    def _hold_out(self, seed: int, fraction: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        from sklearn.model_selection import train_test_split  # noqa: PLC0415 (takes a second, not needed for the CLI's help)

        units = Units.of(self.train.labels, self.train.groups)
        # At least one of each class.
        number = max(math.ceil(fraction * len(units)), len(np.unique(units.labels)))
        # The seeds of further final trainings may exceed what scikit-learn takes.
        state = seed % 2**32
        try:
            kept, held_out = train_test_split(
                np.arange(len(units)), test_size=number, random_state=state, stratify=units.labels
            )
        except ValueError as error:
            raise DatasetError(
                f"{len(self.train):,} training images of {self.name} are too few to hold out "
                f"{fraction:.0%} for validation in the same class proportions ({error}). "
                "Use more images of each class, or a larger --train-size."
            ) from error
        return units.images(kept), units.images(held_out)
