"""Hyperparameters of the training rather than the model, and how to read them from a trial's values."""

from collections.abc import Iterable, Mapping
from typing import Any

from tunebench.records import HyperparameterValue

# A space that declares a hyperparameter of this name tunes the batch size.
BATCH_SIZE = "batch_size"
DEFAULT_BATCH_SIZE = 32
# Added by the search if augmentation is on and the model takes raw images.
AUGMENTATION = "augmentation"
STRENGTHS = [0.0, 0.25, 0.5, 0.75, 1.0]
# Added instead if the model takes features: how many versions of each training image pass through the
# prefix, including the original. Each costs another pass.
VIEWS = "views"
VIEW_COUNTS = [1, 2, 4]
# A space that declares a hyperparameter of this name tunes how the learning rate decays.
SCHEDULE = "schedule"
CONSTANT, COSINE = "constant", "cosine"


def is_batch_size(value: HyperparameterValue) -> bool:
    """Whether a value is a number of images."""
    try:
        return int(value) >= 1
    except (ValueError, OverflowError):  # of other text, infinity and what is not a number
        return False


def batch_size(values: Mapping[str, HyperparameterValue]) -> int:
    """Images per training step."""
    return int(values.get(BATCH_SIZE, DEFAULT_BATCH_SIZE))


def views(values: Mapping[str, HyperparameterValue]) -> int:
    """Versions of each training image, including the original."""
    return int(values.get(VIEWS, 1))


def unknown_schedules(declared: Iterable[Any]) -> list[str]:
    """The values of ``schedule``, among these hyperparameters, that tunebench does not know."""
    values = [
        value for hp in declared if hp.name == SCHEDULE for value in getattr(hp, "values", [hp.default])
    ]
    return [str(value) for value in values if value not in {CONSTANT, COSINE}]
