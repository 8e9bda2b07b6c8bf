"""Hyperparameters of the training rather than the model, and how to read them from a trial's values."""

from collections.abc import Mapping

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


def batch_size(values: Mapping[str, HyperparameterValue]) -> int:
    """Images per training step."""
    return int(values.get(BATCH_SIZE, DEFAULT_BATCH_SIZE))


def views(values: Mapping[str, HyperparameterValue]) -> int:
    """Versions of each training image, including the original."""
    return int(values.get(VIEWS, 1))
