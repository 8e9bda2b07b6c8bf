"""Train the winners of finished runs again, in turns, so that their training times can be compared.

Final trainings are timed when their run is made, perhaps days apart and beside other programs. Here every
model trains once, then every model once more, and so on (A B C D A B C D), so that anything that slows the
machine for a while slows all of them. Only the times are kept, and no test image is used.
"""

import contextlib
import itertools
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import cast

from tunebench import environment, files
from tunebench.errors import TrainingError, TunebenchError
from tunebench.finals.reopen import recorded_options, refit_epochs, reopened
from tunebench.finals.splits import SeedSplits
from tunebench.finals.train import FinalSettings, train_under_clock
from tunebench.fitting.warm_up import warm_up
from tunebench.objectives import OBJECTIVES
from tunebench.progress import Estimate, Progress, SilentProgress, duration, plural
from tunebench.runs import Run, Selection, read_run, run_folder
from tunebench.runs.timing import RepeatRecord, TimingRecord, write_timing

# Enough to compute the time to a validation accuracy.
_KEPT_HISTORY = ("val_accuracy", "seconds")


@dataclass(eq=False)
class _Model:
    """A winner and its finished repeats."""

    run: Run
    repeats: list[RepeatRecord] = field(default_factory=list)


def retime(
    selection: Selection, repeats: int, data_dir: Path | None, progress: Progress, command: str
) -> Selection:
    """Time the winners of runs again and write ``timing.json`` into each run's folder, after each repeat.

    A repeat is the final training with the recorded hyperparameters, epochs and patience and the seed and the
    split of the run's final training of that number. Frozen features are computed again, being part of the
    time.
    A space that its user wrote is Python code, which runs: time only runs that you trust.

    Args:
        selection: The runs.
        repeats: How often each is trained; three give a spread.
        data_dir: The folder of the data now; ``None``: where each run found it.
        progress: Receives progress events.
        command: How it was requested, for the records.

    Returns:
        The selection, with a line about each run that could not be timed again.

    Raises:
        TrainingError: None of them could.
    """
    problems: list[str] = []
    models: list[_Model] = []
    with contextlib.ExitStack() as owned:
        for run in selection.runs:
            try:
                files.make_folder(run.folder)
                # Held until the end, so that no other command trains into the folder meanwhile.
                owned.enter_context(run_folder.owned(run.folder))
                models.append(_model(run.folder, data_dir))
            except TunebenchError as error:
                problems.append(f"{run.folder} was not timed again. {error}")
        if models:
            problems += _take_turns(models, repeats, data_dir, progress, command)
    if not any(model.repeats for model in models):
        more = "" if len(problems) == 1 else f" Runs that were not timed again: {len(problems)}."
        raise TrainingError(f"{problems[0]}{more}")
    # Read again, because a run caches what it has read of its files.
    runs = tuple(Run(run.folder, run.record) for run in selection.runs)
    return replace(selection, runs=runs, problems=(*selection.problems, *problems))


def _model(folder: Path, data_dir: Path | None) -> _Model:
    """A run whose space and data are available, so that its winner can be trained again."""
    run = read_run(folder)
    with reopened(run.record, recorded_options(run.record, data_dir, SilentProgress())):
        return _Model(run)


def _take_turns(
    models: list[_Model], repeats: int, data_dir: Path | None, progress: Progress, command: str
) -> list[str]:
    """Every model's first repeat, then every model's second, and so on; returns a line per failure."""
    problems = []
    started_at = _now()
    progress.begin("timing", Estimate(repeats * len(models)))
    try:
        warm_up()
        for number, model in itertools.product(range(repeats), models):
            if len(model.repeats) < number:
                continue  # An earlier repeat of it failed.
            name = model.run.record.name
            objective = OBJECTIVES[recorded_options(model.run.record, data_dir, progress).objective]
            progress.step(f"{name}, repeat {number + 1} of {repeats}", objective=objective)
            try:
                repeat = _repeat(model, started_at, data_dir, progress, command)
                result = f"trained {plural(repeat.epochs, 'epoch')} in {duration(repeat.train_seconds)}"
            except TunebenchError as error:
                problems.append(f"{model.run.folder}: repeat {number + 1} of its timing failed. {error}")
                result = "failed"
            progress.finish(f"{name}: {result}", None)
    finally:
        progress.end()
    return problems


def _repeat(
    model: _Model, started_at: str, data_dir: Path | None, progress: Progress, command: str
) -> RepeatRecord:
    """Train a model once more under the clock, and write its times."""
    record = model.run.record
    options = recorded_options(record, data_dir, progress)
    seed = options.seed + len(model.repeats)
    settings = FinalSettings(
        hyperparameters=record.hyperparameters,
        epochs=cast("int", options.epochs),
        patience=options.patience,
        objective=options.objective,
        class_weights=options.class_weights,
        refit_epochs=refit_epochs(record),
    )
    with reopened(record, options) as session:
        preparation = session.preparation
        splits = SeedSplits.of(session.dataset, preparation.data, options.seed, settings, record.finals)
        trained = train_under_clock(preparation, settings, seed, progress, splits.split_of(seed))
        here = environment.collect()
    repeat = RepeatRecord(
        seed=seed,
        train_seconds=trained.train_seconds,
        prefix_seconds=trained.prefix_seconds,
        setup_seconds=trained.setup_seconds,
        fit_seconds=trained.fit_seconds,
        epochs=trained.fit.epochs,
        history={name: values for name, values in trained.fit.history.items() if name in _KEPT_HISTORY},
        other_load=trained.other_load,
        paused_seconds=trained.paused_seconds,
    )
    timing = TimingRecord(
        dataset_sha256=record.dataset.sha256,
        hyperparameters=record.hyperparameters,
        environment=here,
        repeats=[*model.repeats, repeat],
        started_at=started_at,
        finished_at=_now(),
        command=command,
    )
    write_timing(model.run.folder, timing)
    model.repeats.append(repeat)
    return repeat


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
