"""Hyperparameters that shape the training and not the model, read by name from a trial's values."""

from collections.abc import Mapping

from tunebench.augmentation import Augmentation
from tunebench.records import HyperparameterValue

# A space that declares a hyperparameter of this name tunes the batch size.
BATCH_SIZE = "batch_size"
DEFAULT_BATCH_SIZE = 32
# Declared by the search itself where augmentation is on and the model sees raw images.
AUGMENTATION = "augmentation"
# The same where the model sees features: how many versions of each training image pass through the prefix.
VIEWS = "views"
# A space that declares a hyperparameter of this name tunes how the learning rate falls.
SCHEDULE = "schedule"
CONSTANT, COSINE = "constant", "cosine"


def batch_size(values: Mapping[str, HyperparameterValue]) -> int:
    """Images a training step."""
    return int(values.get(BATCH_SIZE, DEFAULT_BATCH_SIZE))


def views(values: Mapping[str, HyperparameterValue]) -> int:
    """Versions of each training image, the plain one included."""
    return int(values.get(VIEWS, 1))


def augmentation(values: Mapping[str, HyperparameterValue], *, mirror_safe: bool) -> Augmentation | None:
    """The augmentation of training images, or ``None`` where there is none."""
    strength = float(values.get(AUGMENTATION, 0.0))
    return Augmentation(strength, mirror=mirror_safe) if strength > 0 else None
