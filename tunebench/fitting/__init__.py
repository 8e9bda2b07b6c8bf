"""Train one compiled model under the stopwatch: what trials and final trainings share."""

from tunebench.fitting.batches import Examples, OrderedBatches, TrainingBatches
from tunebench.fitting.beginning import begin_anew
from tunebench.fitting.feeding import feed
from tunebench.fitting.fit import Fit, FitSettings, fit
from tunebench.fitting.parameters import num_parameters
from tunebench.fitting.schedule import schedule
from tunebench.fitting.variables import make_variables

__all__ = [
    "Examples",
    "Fit",
    "FitSettings",
    "OrderedBatches",
    "TrainingBatches",
    "begin_anew",
    "feed",
    "fit",
    "make_variables",
    "num_parameters",
    "schedule",
]
