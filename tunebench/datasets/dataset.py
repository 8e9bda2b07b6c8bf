"""Images with labels, checked and read-only."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tunebench.errors import DamagedDataError, DatasetError, NotEnoughImagesError

VALIDATION_FRACTION = 0.2


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Attributes:
        images: ``uint8`` of shape ``(n, height, width, 3)``, from 0 to 255.
        labels: ``int64`` of shape ``(n,)``, from 0 to the number of classes − 1.

    Raises:
        DamagedDataError: An array has another dtype or shape.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __post_init__(self) -> None:
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 3:  # noqa: PLR2004 (n, h, w, RGB)
            raise DamagedDataError(
                "Images must be uint8 of shape (n, height, width, 3), "
                f"but are {images.dtype} of shape {images.shape}."
            )
        if labels.dtype != np.int64 or labels.shape != images.shape[:1]:
            raise DamagedDataError(
                f"Labels must be int64 of shape ({len(images)},), "
                f"but are {labels.dtype} of shape {labels.shape}."
            )
        # Read-only views; the caller's own arrays stay writeable.
        for name in ("images", "labels"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, size: int, *, split_name: str) -> "Split":
        """The first ``size`` images.

        Raises:
            NotEnoughImagesError: There are fewer images.
            DatasetError: ``size`` is not positive.
        """
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
        return Split(self.images[:size], self.labels[:size])


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The data that a search receives: training and validation images, and no test images.

    Attributes:
        name: The data set's name.
        train: Images to train on.
        validation: Images held out of the training split, in the same class proportions.
        class_names: In the order of the labels.
        mirror_safe: Whether a mirrored image keeps its class (true of photographs, not of digits).
    """

    name: str
    train: Split
    validation: Split
    class_names: tuple[str, ...]
    mirror_safe: bool

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """``(height, width, 3)``."""
        height, width, channels = self.train.images.shape[1:]
        return height, width, channels

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

    Raises:
        DamagedDataError: A label has no class name, or the splits' image shapes differ.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    mirror_safe: bool

    def __post_init__(self) -> None:
        if self.train.images.shape[1:] != self.test.images.shape[1:]:
            raise DamagedDataError(
                f"Training images of {self.name} have shape {self.train.images.shape[1:]}, "
                f"test images {self.test.images.shape[1:]}; they must agree."
            )
        for split_name, split in (("training", self.train), ("test", self.test)):
            if len(split) == 0:
                raise DamagedDataError(f"The {split_name} split of {self.name} is empty; expected images.")
            if split.labels.min() < 0 or split.labels.max() >= len(self.class_names):
                raise DamagedDataError(
                    f"A {split_name} label of {self.name} is outside 0 to {len(self.class_names) - 1}."
                )

    @cached_property
    def sha256(self) -> str:
        """SHA-256 over the class names and both splits' shapes, pixels and labels."""
        return content_sha256(self.class_names, self.train, self.test)

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
        return Dataset(self.name, train, test, self.class_names, self.mirror_safe)

    def training_data(self, seed: int, validation_fraction: float = VALIDATION_FRACTION) -> TrainingData:
        """Hold out a stratified validation split.

        Args:
            seed: Selects the validation images; the same seed selects the same images.
            validation_fraction: Fraction of the training split to hold out, between 0 and 1.

        Returns:
            Training and validation images, each in their original order.

        Raises:
            DatasetError: The training split is too small to hold out images of every class.
        """
        from sklearn.model_selection import train_test_split  # noqa: PLC0415 (takes a second, not needed for the CLI's help)

        try:
            kept, held_out = train_test_split(
                np.arange(len(self.train)),
                test_size=validation_fraction,
                random_state=seed,
                stratify=self.train.labels,
            )
        except ValueError as error:
            raise DatasetError(
                f"{len(self.train):,} training images of {self.name} are too few to hold out "
                f"{validation_fraction:.0%} for validation in the same class proportions ({error}). "
                "Use a larger --train-size."
            ) from error
        kept, held_out = np.sort(kept), np.sort(held_out)
        return TrainingData(
            self.name,
            Split(self.train.images[kept], self.train.labels[kept]),
            Split(self.train.images[held_out], self.train.labels[held_out]),
            self.class_names,
            self.mirror_safe,
        )


def content_sha256(class_names: tuple[str, ...], *splits: Split) -> str:
    """SHA-256 over class names, shapes, pixels and labels, as hexadecimal digits."""
    digest = hashlib.sha256()
    digest.update(repr(class_names).encode())
    for split in splits:
        digest.update(repr(split.images.shape).encode())
        digest.update(np.ascontiguousarray(split.images).data)
        digest.update(np.ascontiguousarray(split.labels.astype("<i8")).data)
    return digest.hexdigest()
