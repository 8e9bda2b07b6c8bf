"""Say what a search has before it, and why it ended early."""

from typing import Any

from tunebench.progress import Progress
from tunebench.records import TrialRecord
from tunebench.spaces.hyperparameters import points
from tunebench.tuning import oracles
from tunebench.tuning.settings import SearchSettings


def say_exhausted(
    records: list[TrialRecord], settings: SearchSettings, declared: Any, progress: Progress
) -> None:
    """Why a random or Bayesian search made fewer trials than it was asked for."""
    limit = settings.limit
    if settings.tuner in {"random", "bayesian"} and points.is_finite(declared):
        number = points.count_points(declared, 2)
        if len(records) == number and (limit is None or number < limit):
            progress.note(f"The space has {number} points, and all were tried: the search ends here.")


def announce(settings: SearchSettings, declared: Any, oracle: Any, progress: Progress) -> int | None:
    """Say what a grid or Hyperband has before it, and give the number of trials to come.

    How long they take is told after the first one. ``None``: as many as the time allows.
    """
    plan = None
    capped = "" if settings.trials is None else f", of which {settings.trials:,} at most are tried"
    if settings.tuner == "grid":
        plan = points.count_points(declared, settings.grid_points)
        progress.note(f"The grid has {plan:,} points{capped}.")
    elif settings.tuner == "hyperband":
        plan, epochs = oracles.num_hyperband_trials(oracle), oracles.num_hyperband_epochs(oracle)
        progress.note(f"Hyperband's plan: {plan:,} trials of {epochs:,} epochs in all{capped}.")
    elif points.is_finite(declared):
        plan = points.count_points(declared, 2)
    return min((number for number in (plan, settings.limit) if number is not None), default=None)
