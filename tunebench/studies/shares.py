"""The time that the searches of a study get."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tunebench.errors import RunError, TunebenchError
from tunebench.progress import duration
from tunebench.runs import run_folder
from tunebench.runs.study_record import PlannedRun
from tunebench.runs.unfinished import read_trials
from tunebench.studies.plan import Extent

# A search needs at least this to try a few values.
LEAST_SECONDS = 10.0
# A longer study is a mistake, and its numbers may not fit into its record.
_LONGEST_SECONDS = 365 * 24 * 3600.0


def with_budgets(
    new: Sequence[PlannedRun], waiting: Sequence[PlannedRun], budget: float | None, elapsed: float
) -> list[PlannedRun]:
    """Give searches that are limited by time their limit.

    Args:
        new: Runs that are planned now, with the seconds that they are expected to take.
        waiting: Runs that were planned by earlier calls and are still to be made.
        budget: Seconds for the complete call. New searches get equal shares of what the other runs leave.
            ``None``: only the tuners, which are compared at equal time, have a limit.
        elapsed: Seconds that the call has taken.

    Returns:
        The new runs.

    Raises:
        TunebenchError: The shares are too small, or the study would take more than a year.
    """
    searches = [run for run in new if run.tuner is not None]
    if budget is None:
        planned = [replace(run, budget=run.seconds) if run.role == "tuner" else run for run in new]
    else:
        others = elapsed + sum(run.seconds for run in [*new, *waiting] if run not in searches)
        share = (budget - others) / max(len(searches), 1)
        needed = "its search needs" if len(searches) == 1 else f"its {len(searches)} searches need"
        each = "" if len(searches) == 1 else " each"
        if searches and share < LEAST_SECONDS:
            raise TunebenchError(
                f"A budget of {duration(budget)} is too small: the other runs of this study take about "
                f"{duration(others)}, and {needed} at least {duration(LEAST_SECONDS)}{each}. Use a --budget "
                f"of at least {duration(others + LEAST_SECONDS * len(searches) + 1)}, fewer --spaces or "
                "--seeds, or --only some of the parts."
            )
        planned = [run if run.tuner is None else replace(run, seconds=share, budget=share) for run in new]
    total = max(sum(run.seconds for run in planned), budget or 0.0)
    if total > _LONGEST_SECONDS:
        raise TunebenchError(
            f"This study would take about {total / 3600:,.0f} hours. Expected at most a year "
            f"({_LONGEST_SECONDS / 3600:,.0f} hours); use fewer --trials, --epochs or --seeds, or a smaller "
            "--budget."
        )
    return planned


def check_next(folder: Path, run: PlannedRun, budget: float | None) -> None:
    """Refuse a budget in which not even the next run can be made.

    Raises:
        TunebenchError: The message names the run and its time.
    """
    if budget is not None and run.seconds > budget and not run_folder.has_results(folder / run.name):
        raise TunebenchError(
            f"A budget of {duration(budget)} is not enough for the next run, {run.name}, which takes about "
            f"{duration(run.seconds)}. Use a larger --budget."
        )


def limits(folder: Path, run: PlannedRun, size: Extent) -> dict[str, Any]:
    """The trials of a search, or the time that is left of its share.

    Args:
        folder: Of the run.
        run: A search.
        size: Trials of a search that has no limit of time.

    Returns:
        Options of the search.
    """
    if run.budget is None:
        return {"trials": size.trials}
    try:
        trials = read_trials(folder)
    except RunError:
        return {"budget": run.budget}
    if (folder / run_folder.FINALS).exists():
        # Its search had ended.
        return {"trials": len(trials)}
    spent = max((trial.elapsed_seconds for trial in trials), default=0.0)
    return {"budget": max(run.budget - spent, LEAST_SECONDS)}
