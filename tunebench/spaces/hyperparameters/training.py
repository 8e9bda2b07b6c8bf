"""Hyperparameters that shape the training and not the model, and how to read them from a trial's values."""

from collections.abc import Mapping

from tunebench.records import HyperparameterValue

# A space that declares a hyperparameter of this name tunes the batch size.
BATCH_SIZE = "batch_size"
DEFAULT_BATCH_SIZE = 32
# Added by the search itself when augmentation is on and the model sees raw images.
AUGMENTATION = "augmentation"
STRENGTHS = [0.0, 0.25, 0.5, 0.75, 1.0]
# The same when the model sees features: how many versions of each training image pass through the prefix,
# including the plain one. Each costs another pass.
VIEWS = "views"
VIEW_COUNTS = [1, 2, 4]
# A space that declares a hyperparameter of this name tunes how the learning rate decays.
SCHEDULE = "schedule"
CONSTANT, COSINE = "constant", "cosine"


def batch_size(values: Mapping[str, HyperparameterValue]) -> int:
    """Images per training step."""
    return int(values.get(BATCH_SIZE, DEFAULT_BATCH_SIZE))


def views(values: Mapping[str, HyperparameterValue]) -> int:
    """Versions of each training image, including the plain one."""
    return int(values.get(VIEWS, 1))
