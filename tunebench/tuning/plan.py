"""Announce the trials of a search, and say why it stopped early."""

from typing import Any

from tunebench.options import SearchOptions
from tunebench.progress import Progress, plural
from tunebench.records import TrialRecord
from tunebench.spaces.hyperparameters import points
from tunebench.tuning import oracles


def note_if_exhausted(
    records: list[TrialRecord], options: SearchOptions, declared: Any, progress: Progress
) -> None:
    """Say so if a random or Bayesian search has tried every point of its space."""
    limit = options.max_trials
    if options.tuner in {"random", "bayesian"} and points.is_finite(declared):
        number = points.count_points(declared, 2)
        if len(records) == number and (limit is None or number < limit):
            progress.note(
                f"The space has {plural(number, 'point')}, and all were tried: the search ends here."
            )


def announce(options: SearchOptions, declared: Any, oracle: Any, progress: Progress) -> int | None:
    """Say how many trials a grid or Hyperband has planned, and return the number of trials to come.

    ``None``: as many as the time allows.
    """
    plan = None
    capped = "" if options.trials is None else f", of which {options.trials:,} at most are tried"
    if options.tuner == "grid":
        plan = points.count_points(declared, options.grid_points)
        progress.note(f"The grid has {plural(plan, 'point')}{capped}.")
    elif options.tuner == "hyperband":
        plan, epochs = oracles.num_hyperband_trials(oracle), oracles.num_hyperband_epochs(oracle)
        progress.note(f"Hyperband's plan: {plan:,} trials of {epochs:,} epochs in all{capped}.")
    elif points.is_finite(declared):
        plan = points.count_points(declared, 2)
    return min((number for number in (plan, options.max_trials) if number is not None), default=None)
