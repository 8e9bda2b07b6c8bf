"""Train one model and measure its time: what trials and final trainings share."""

from tunebench.fitting.batches import Examples, OrderedBatches, TrainingBatches
from tunebench.fitting.feeding import feed
from tunebench.fitting.fit import Fit, FitSettings, fit
from tunebench.fitting.reset import reset_keras
from tunebench.fitting.training import num_parameters, train_model

__all__ = [
    "Examples",
    "Fit",
    "FitSettings",
    "OrderedBatches",
    "TrainingBatches",
    "feed",
    "fit",
    "num_parameters",
    "reset_keras",
    "train_model",
]
