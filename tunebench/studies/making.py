"""Make runs of a study, one after another."""

import re
import time
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import Any

from tunebench import api
from tunebench.errors import TunebenchError
from tunebench.progress import duration, plural, shown
from tunebench.runs import run_folder
from tunebench.runs.study_fit import finished, is_its_trials, values_for, winners_name
from tunebench.runs.study_record import PlannedRun
from tunebench.studies.plan import extent
from tunebench.studies.shares import limits
from tunebench.study_options import StudyOptions

# A study may overrun its budget by this share of it, because estimates are rough.
_TOLERANCE = 0.05


def make_all(
    folder: Path,
    total: int,
    waiting: Sequence[PlannedRun],
    given: Mapping[str, str],
    options: StudyOptions,
    began: float,
    failed: dict[str, str],
) -> None:
    """Make runs until the time is up; the first one is made in any case.

    Args:
        folder: Of the study.
        total: Number of its runs, including those that are finished.
        waiting: What to make.
        given: The names or files of the spaces, by their own names.
        options: Of the study.
        began: When the command began, by ``time.monotonic()``.
        failed: Receives the message of each run that fails, by its name.
    """
    progress = shown(options.progress)
    limit = None if options.budget is None else float(options.budget)
    expected, spent = 0.0, 0.0
    for number, run in enumerate(waiting):
        # Corrected by how long the runs before it took; a search with a limit takes that.
        pace = spent / expected if expected else 1.0
        takes = [each.seconds * (pace if each.budget is None else 1.0) for each in waiting[number:]]
        ends = time.monotonic() - began + takes[0]
        if number and limit is not None and ends > limit * (1 + _TOLERANCE):
            progress.note(
                f"The time is up: {plural(len(takes), 'run')} left, about {duration(sum(takes))}, of which "
                f"the next takes {duration(takes[0])}. The same command continues."
            )
            return
        progress.run(run.name, total - len(takes) + 1, total, sum(takes))
        started, resumed = time.monotonic(), run_folder.has_results(folder / run.name)
        try:
            _make(folder, run, given[run.space], options, failed)
        except TunebenchError as error:
            failed[run.name] = _advice(error, folder / run.name)
            progress.warn(f"{run.name} failed: {failed[run.name]}")
        else:
            # One that an earlier command began, or that stops at a limit, does not tell how long others take.
            if not resumed and run.budget is None:
                expected, spent = expected + run.seconds, spent + time.monotonic() - started


def _make(folder: Path, run: PlannedRun, space: str, options: StudyOptions, failed: Container[str]) -> None:
    """Search, or train the space's defaults or its winner."""
    shared: dict[str, Any] = {
        **options.of_data(),
        "seeds": options.seeds,
        "seed": options.seed,
        "backbone": options.backbone,
        "runs_dir": folder.parent,
        "name": run.name,
        "command": options.command or "tunebench.study(…)",
        "progress": options.progress,
    }
    if run.tuner is not None and run.epochs is not None:
        limited = limits(folder / run.name, run, extent(options))
        api.search(space, **shared, tuner=run.tuner, epochs=run.epochs, patience=run.patience, **limited)
        return
    if run.train_size is not None:
        shared["train_size"] = run.train_size
    name = winners_name(run)
    if name is None:
        api.train(space, **shared)
        return
    winner = None if name in failed else finished(folder / name)
    if winner is None:
        raise TunebenchError(f"{name} is not finished, and this run needs its winner.")
    if not is_its_trials(winner):
        raise TunebenchError(
            f"The winner in {winner.folder / 'run.json'} is none of the trials in that folder, and this run "
            "needs it. Restore the file, or delete it, and the study's command writes it again."
        )
    api.train(
        space,
        **shared,
        epochs=run.epochs,
        patience=run.patience,
        hyperparameters=values_for(run.role, winner.record.hyperparameters),
        precision="mixed_bfloat16" if run.role == "half-precision" else "float32",
    )


def _advice(error: TunebenchError, folder: Path) -> str:
    """The message of a run's error, with what helps in a study, which has no --fresh."""
    sentences = re.split(r"(?<=\.) ", str(error))
    kept = [sentence for sentence in sentences if "--fresh" not in sentence]
    if len(kept) < len(sentences):
        kept.append(f"Delete {folder} to make this run again; the study's other runs stay.")
    return " ".join(kept).replace(
        "Fix the space and run the command again.",
        "Fix the space, delete the folders of its runs and run the command again.",
    )
