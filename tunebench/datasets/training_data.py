"""What a search receives of a data set."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from tunebench.datasets.split import Split, content_sha256


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The data that a search receives: training and validation images, and no test images.

    Attributes:
        name: The data set's name.
        train: Images to train on.
        validation: Images held out of the training split, in the same class proportions.
        class_names: In the order of the labels.
        mirror_safe: Whether a mirrored image keeps its class (true of photographs, not of digits).
        places: The places of the training images and of the validation images in the data set's training
            split, each ``int64`` and in order; ``None`` if the data set provides the validation images.
    """

    name: str
    train: Split
    validation: Split
    class_names: tuple[str, ...]
    mirror_safe: bool
    places: tuple[NDArray[np.int64], NDArray[np.int64]] | None = None

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
