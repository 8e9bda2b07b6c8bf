"""Make the runs of a study that are not finished, one after another."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tunebench import api, backbones, datasets, files, spaces
from tunebench.data_options import DataOptions
from tunebench.errors import RunError, SpaceError, TunebenchError
from tunebench.option_kinds import declarations
from tunebench.progress import Progress, duration, plural, shown
from tunebench.runs import Run, read_run, run_folder
from tunebench.runs.study_record import PlannedRun, StudyFolder, StudyRecord, read_study, write_study
from tunebench.runs.unfinished import read_trials
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters.training import AUGMENTATION, VIEWS
from tunebench.studies import estimate
from tunebench.studies.plan import Extent, extent, images_of, plan
from tunebench.study_options import PARTS, StudyOptions

_CNNS = ("cnn1", "cnn2", "cnn3")
_TRANSFER = "mobilenet_v2"
# If the winner has none: the classic strength of small images, and one more version of each.
_AUGMENTED = {AUGMENTATION: 0.5, VIEWS: 2}
_NOT_AUGMENTED = {AUGMENTATION: 0.0, VIEWS: 1}
_DIGESTS = {"images", "code of the spaces"}
# A search needs at least this to try a few values.
_LEAST_SECONDS = 10.0


@dataclass(frozen=True)
class Conducted:
    """What was done.

    Attributes:
        folder: The study's.
        failed: The message of each run that failed, by its name.
    """

    folder: Path
    failed: dict[str, str]


def conduct(options: StudyOptions) -> Conducted:
    """Plan a study, or continue the one that was started, and make its runs.

    Args:
        options: Of the study.

    Returns:
        What was done; a run that fails does not stop the others.

    Raises:
        TunebenchError: The data or a space cannot be used, the study was started with other options, or the
            budget is too small.
    """
    began, progress = time.monotonic(), shown(options.progress)
    dataset = datasets.open_dataset(options, seed=options.seed, on_images=progress.images)
    few = images_of(options, len(dataset.train), len(dataset.class_names))
    if few is not None:
        options = replace(options, train_size=few)
        dataset = datasets.open_dataset(options, seed=options.seed)
    given = {found.name: name for name in _names(options) for found in [spaces.find(name)]}
    if len(given) < len(_names(options)):
        raise SpaceError("Two of the spaces have one name. Expected different names; rename a file.")
    found = [spaces.find(name) for name in given.values()]
    folder = run_folder.prepare(Path(options.runs_dir), "", options.name)
    folder = files.make_folder(folder / dataset.name)
    with run_folder.owned(folder):
        settings = _settings(options, found, dataset.sha256)
        planned = plan(found, options, len(dataset.train), len(dataset.class_names))
        study = _prepared(folder, settings, planned, given, options, len(dataset.train), progress)
        wanted = {run.name for run in planned}
        runs = [run for run in study.record.runs if run.name in wanted]
        _announce(study.folder, runs, options.seeds, progress)
        return _make(study.folder, runs, given, options, began)


def _names(options: StudyOptions) -> Sequence[str]:
    """The spaces as the user names them."""
    if options.spaces is not None:
        return [str(name) for name in options.spaces]
    handle = options.backbone or backbones.DEFAULT_HANDLE
    with_transfer = not options.quick and backbones.check(handle).found
    return [*_CNNS, _TRANSFER] if with_transfer else _CNNS


def _settings(options: StudyOptions, found: Sequence[Space], sha256: str) -> dict[str, Any]:
    """What a repeat must agree on."""
    asked = {
        name: getattr(options, name)
        for name, (declared, _) in declarations(StudyOptions).items()
        if declared.must_agree and name != "spaces"
    }
    handles = [options.backbone or space.backbone for space in found if space.has_prefix]
    return {
        **asked,
        "spaces": ", ".join(space.name for space in found),
        "code of the spaces": " ".join(space.sha256[:16] for space in found),
        "images": sha256,
        "backbone": ", ".join(dict.fromkeys(handles)) or None,
    }


def _prepared(
    folder: Path,
    settings: dict[str, Any],
    planned: Sequence[PlannedRun],
    given: dict[str, str],
    options: StudyOptions,
    images: int,
    progress: Progress,
) -> StudyFolder:
    """The study with the runs that are wanted now, each with the time that it may take."""
    earlier = read_study(folder)
    known: dict[str, PlannedRun] = {}
    if earlier is not None:
        _check_same(folder, earlier.record.settings, settings)
        known = {run.name: run for run in earlier.record.runs}
    new = [run for run in planned if run.name not in known]
    if new:
        progress.note("Timing a few training steps of each space ...")
        size = extent(options)
        needed = dict.fromkeys(run.space for run in new)
        paces = {space: estimate.measure(given[space], options) for space in needed}
        new = [
            replace(run, seconds=estimate.seconds(run, paces[run.space], images, size, options.seeds))
            for run in new
        ]
        known |= {run.name: run for run in _with_budgets(new, options)}
    study = StudyFolder(folder, StudyRecord(settings=settings, runs=[*known.values()]))
    if new:
        write_study(study)
    return study


def _check_same(folder: Path, earlier: dict[str, Any], current: dict[str, Any]) -> None:
    for name, value in current.items():
        before = earlier.get(name)
        if before != value:
            changed = f"{name}: {before} then, {value} now"
            if name in _DIGESTS:
                changed = f"the {name} changed"
            raise TunebenchError(
                f"The study in {folder} was started with other settings ({changed}). Use the earlier "
                "settings, or another --name to keep both."
            )


def _with_budgets(runs: Sequence[PlannedRun], options: StudyOptions) -> list[PlannedRun]:
    """Searches that are limited by time get it: all the same with --budget, otherwise those of the tuners."""
    searches = [run for run in runs if run.tuner is not None]
    if options.budget is None:
        return [replace(run, budget=run.seconds) if run.role == "tuner" else run for run in runs]
    if not searches:
        return [*runs]
    others = sum(run.seconds for run in runs if run.tuner is None)
    share = (float(options.budget) - others) / len(searches)
    if share < _LEAST_SECONDS:
        raise TunebenchError(
            f"A budget of {duration(float(options.budget))} is too small for {len(searches)} searches: the "
            f"other trainings of this study take about {duration(others)}. Use a larger --budget, fewer "
            "--spaces or --seeds, or --only some of the parts."
        )
    return [run if run.tuner is None else replace(run, seconds=share, budget=share) for run in runs]


def _announce(folder: Path, runs: Sequence[PlannedRun], seeds: int, progress: Progress) -> None:
    """Show the plan and its time."""
    left = [run for run in runs if finished(folder / run.name, seeds) is None]
    done = f", {len(runs) - len(left)} already done" if len(left) < len(runs) else ""
    takes = f", about {duration(sum(run.seconds for run in left))}" if left else ""
    progress.note(f"The study in {folder}: {plural(len(runs), 'run')}{done}{takes}")
    for part in PARTS:
        of_part = [run for run in left if run.part == part]
        if of_part:
            names = ", ".join(run.name for run in of_part)
            time_of_part = duration(sum(run.seconds for run in of_part))
            progress.note(f"  {part}, about {time_of_part}: {names}")


def finished(folder: Path, seeds: int = 1) -> Run | None:
    """The run in a folder, if it is complete and has so many final trainings."""
    try:
        run = read_run(folder)
    except RunError:
        return None
    return run if len(run.record.finals) >= seeds else None


def _make(
    folder: Path, runs: Sequence[PlannedRun], given: dict[str, str], options: StudyOptions, began: float
) -> Conducted:
    progress, failed = shown(options.progress), dict[str, str]()
    expected, spent = 0.0, 0.0
    waiting = [run for run in runs if finished(folder / run.name, options.seeds) is None]
    while waiting:
        if options.budget is not None and time.monotonic() - began > float(options.budget):
            progress.note(f"The time is up: {plural(len(waiting), 'run')} left. The same command continues.")
            break
        rest, number = sum(run.seconds for run in waiting), len(runs) - len(waiting) + 1
        run = waiting.pop(0)
        # Corrected by how long the runs before it took.
        progress.run(run.name, number, len(runs), rest * (spent / expected if expected else 1.0))
        started = time.monotonic()
        try:
            _make_one(folder, run, given[run.space], options, progress)
        except TunebenchError as error:
            failed[run.name] = str(error)
            progress.note(f"{run.name} failed: {error}")
        expected, spent = expected + run.seconds, spent + time.monotonic() - started
    return Conducted(folder, failed)


def _make_one(folder: Path, run: PlannedRun, space: str, options: StudyOptions, progress: Progress) -> None:
    data = {name: getattr(options, name) for name in declarations(DataOptions) if name != "progress"}
    shared: dict[str, Any] = {
        **data,
        "seeds": options.seeds,
        "seed": options.seed,
        "backbone": options.backbone,
        "runs_dir": folder.parent,
        "name": run.name,
        "command": options.command or "tunebench.study(…)",
        "progress": progress,
    }
    if run.tuner is not None and run.epochs is not None:
        limits = _limits(folder / run.name, run, extent(options))
        api.search(space, **shared, tuner=run.tuner, epochs=run.epochs, patience=run.patience, **limits)
        return
    if run.train_size is not None:
        shared["train_size"] = run.train_size
    if run.role == "reference":
        api.train(space, **shared)
        return
    winner = finished(folder / f"{run.space}-tuned")
    if winner is None:
        raise TunebenchError(f"The search of {run.space} has not finished, and this run needs its winner.")
    values = dict(winner.record.hyperparameters)
    if run.role != "size":
        values |= _augmentation(values, wanted=run.role in {"augmented", "both"})
    api.train(
        space,
        **shared,
        epochs=run.epochs,
        patience=run.patience,
        hyperparameters=values,
        precision="mixed_bfloat16" if run.role == "half-precision" else "float32",
    )


def _augmentation(values: Mapping[str, Any], *, wanted: bool) -> dict[str, Any]:
    """The strength of augmentation, or the number of views, whichever the winner has."""
    name = VIEWS if VIEWS in values else AUGMENTATION
    own = values.get(name)
    if not wanted:
        return {name: _NOT_AUGMENTED[name]}
    return {name: own if own is not None and own > _NOT_AUGMENTED[name] else _AUGMENTED[name]}


def _limits(folder: Path, run: PlannedRun, size: Extent) -> dict[str, Any]:
    """The trials of a search, or the time that is left of its share."""
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
    return {"budget": max(run.budget - spent, _LEAST_SECONDS)}
