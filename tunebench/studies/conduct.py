"""Make the runs of a study that are not finished, one after another."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tunebench import backbones, datasets, files, report, session, spaces
from tunebench.comparison.study import FEWEST_TRIALS
from tunebench.datasets import Dataset
from tunebench.errors import RunFolderError, SpaceError
from tunebench.home import expand
from tunebench.progress import Progress, duration, plural, shown
from tunebench.report import formats
from tunebench.runs import Run, run_folder
from tunebench.runs.study_fit import finished, misfits
from tunebench.runs.study_record import (
    PlannedRun,
    StudyFolder,
    StudyRecord,
    default_page,
    read_study,
    write_study,
)
from tunebench.spaces import Space
from tunebench.studies import agreement, estimate, making, shares
from tunebench.studies.estimate import Pace
from tunebench.studies.plan import FEWEST_PER_CLASS, NOT_QUICK, extent, images_of, left_out, parts_of, plan
from tunebench.study_options import PARTS, StudyOptions

_CNNS = ("cnn1", "cnn2", "cnn3")
_TRANSFER = "mobilenet_v2"


@dataclass(frozen=True)
class Conducted:
    """What was done.

    Attributes:
        folder: The study's.
        page: The page to write.
        failed: The message of each run that failed, by its name, and of each space that builds no model.
    """

    folder: Path
    page: Path
    failed: dict[str, str]


def conduct(options: StudyOptions) -> Conducted:
    """Plan a study, or continue the one that was started, and make its runs.

    Args:
        options: Of the study.

    Returns:
        What was done; a run or a space that fails does not stop the others.

    Raises:
        TunebenchError: The data or no space can be used, the study was started with other options, or the
            budget is too small.
    """
    began, progress = time.monotonic(), shown(options.progress)
    if not run_folder.is_plain(options.name):
        raise RunFolderError(
            f"A study cannot be called {options.name!r}. Expected a plain name, such as study."
        )
    given = _given(options)
    found = [spaces.find(name) for name in given.values()]
    dataset = datasets.open_dataset(options, seed=options.seed, on_images=progress.images)
    few = images_of(options, len(dataset.train), len(dataset.class_names))
    if few is not None:
        options = replace(options, train_size=few)
        dataset = datasets.open_dataset(options, seed=options.seed)
    page = expand(options.out or default_page(options.name, dataset.name))
    report.prepare(page)
    session.describe_data(dataset, progress)
    folder = files.make_folder(run_folder.prepare(Path(options.runs_dir), "", options.name)) / dataset.name
    with run_folder.owned(folder), session.described():
        return Conducted(folder, page, _continue(folder, found, given, dataset, options, began))


def _given(options: StudyOptions) -> dict[str, str]:
    """The spaces as the user names them, by their own names."""
    if options.spaces is not None:
        names = [str(name) for name in options.spaces]
    else:
        handle = options.backbone or backbones.DEFAULT_HANDLE
        with_transfer = not options.quick and backbones.check(handle).found
        names = [*_CNNS, _TRANSFER] if with_transfer else [*_CNNS]
    given = {Path(name).stem if name.endswith(".py") else name: name for name in names}
    if len(given) < len(names):
        raise SpaceError("Two of the spaces have one name. Expected different names; rename a file.")
    for name, file in given.items():
        if not run_folder.is_plain(f"{name}-tuned"):
            raise SpaceError(
                f"Runs of the space {file!r} would be called such as {f'{name}-tuned'!r}. Expected a plain "
                "name, such as my_space.py; rename the file."
            )
    return given


def _continue(
    folder: Path,
    found: Sequence[Space],
    given: dict[str, str],
    dataset: Dataset,
    options: StudyOptions,
    began: float,
) -> dict[str, str]:
    """Make what is missing; returns what failed."""
    progress, num_images = shown(options.progress), len(dataset.train)
    settings = agreement.settings_of(options, found, dataset.sha256)
    earlier = read_study(folder)
    if earlier is not None:
        agreement.check_settings(folder, earlier.record.settings, settings)
    known = {} if earlier is None else {run.name: run for run in earlier.record.runs}
    slow = {} if earlier is None else earlier.record.slow_in_half_precision
    planned = _without(plan(found, options, num_images, len(dataset.class_names)), slow)
    wanted = {run.name for run in planned}
    made = {name: run for name in [*known, *wanted] if (run := finished(folder / name)) is not None}
    agreement.check_code(folder, found, made)
    new = [run for run in planned if run.name not in known]
    paces, failed = estimate.measure_all(
        [run for run in new if run.name not in made], given, options, progress
    )
    slow = {**slow, **estimate.slow_in_half(paces)}
    new = _without([run for run in new if run.space not in failed], slow)
    new = _timed(new, made, paces, num_images, options)
    waiting = [run for run in known.values() if run.name in wanted and not _is_done(run, made, options)]
    limit = None if options.budget is None else float(options.budget)
    known |= {run.name: run for run in shares.with_budgets(new, waiting, limit, time.monotonic() - began)}
    record = StudyRecord(settings=settings, runs=[*known.values()], slow_in_half_precision=slow)
    study = StudyFolder(folder, record)
    runs = [run for run in known.values() if run.name in wanted]
    wrong = misfits(study, made)
    waiting = [run for run in runs if not _is_done(run, made, options) and run.name not in wrong]
    if waiting:
        shares.check_next(folder, waiting[0], limit)
    if earlier is None or record != earlier.record:
        write_study(study)
    _announce(folder, runs, waiting, progress)
    _announce_trials(waiting, paces, num_images, options, progress)
    _announce_left_out(num_images, len(dataset.class_names), slow, options, progress)
    for name in wrong.keys() & wanted:
        progress.warn(f"{name}: {wrong[name]}")
        failed[name] = wrong[name]
    making.make_all(folder, len(runs), waiting, given, options, began, failed)
    return failed


def _without(runs: Sequence[PlannedRun], slow: Mapping[str, float]) -> list[PlannedRun]:
    """The runs but those in half precision that would take too long."""
    return [run for run in runs if run.role != "half-precision" or run.space not in slow]


def _is_done(run: PlannedRun, made: Mapping[str, Run], options: StudyOptions) -> bool:
    """Whether a run has all final trainings."""
    return run.name in made and len(made[run.name].record.finals) >= options.seeds


def _timed(
    new: Sequence[PlannedRun],
    made: Mapping[str, Run],
    paces: Mapping[str, Pace],
    images: int,
    options: StudyOptions,
) -> list[PlannedRun]:
    """The planned runs with the time that each is expected to take, or has taken."""
    size = extent(options)
    return [
        replace(
            run,
            seconds=estimate.seconds(run, paces[run.space], images, size, options.seeds)
            if run.name not in made
            else estimate.taken(made[run.name].record),
        )
        for run in new
    ]


def _announce(
    folder: Path, runs: Sequence[PlannedRun], left: Sequence[PlannedRun], progress: Progress
) -> None:
    """Show the plan and its time."""
    done = f", {len(runs) - len(left)} already done" if len(left) < len(runs) else ""
    takes = f", about {duration(sum(run.seconds for run in left))}" if left else ""
    progress.note(f"The study in {folder}: {plural(len(runs), 'run')}{done}{takes}")
    for part in PARTS:
        of_part = [run for run in left if run.part == part]
        if of_part:
            names = ", ".join(run.name for run in of_part)
            time_of_part = duration(sum(run.seconds for run in of_part))
            progress.note(f"  {part}, about {time_of_part}: {names}")


def _announce_trials(
    left: Sequence[PlannedRun],
    paces: Mapping[str, Pace],
    images: int,
    options: StudyOptions,
    progress: Progress,
) -> None:
    """Say if the budget leaves hardly time to search."""
    searches = {
        run.space: estimate.trials_within(
            run.budget, run, paces[run.space], images, extent(options), options.seeds
        )
        for run in left
        if run.role == "tuned" and run.budget is not None and run.space in paces
    }
    if min(searches.values(), default=FEWEST_TRIALS) < FEWEST_TRIALS:
        counts = ", ".join(f"{space} {number}" for space, number in searches.items())
        progress.warn(
            f"The searches have time for about so many trials: {counts}. With fewer than {FEWEST_TRIALS} the "
            "winner is hardly better than the defaults. Use a larger --budget, fewer --spaces or --seeds, or "
            "--only some of the parts."
        )


def _announce_left_out(
    images: int, num_classes: int, slow: Mapping[str, float], options: StudyOptions, progress: Progress
) -> None:
    """Say which parts of the images and which models in half precision are left out, and why."""
    parts = parts_of(options)
    if options.quick and options.only is None:
        parts_left = formats.listed([*NOT_QUICK])
        progress.note(f"  left out of a quick study: {parts_left}, which need more epochs and trials")
    percent = [f"{round(100 * fraction)}" for fraction in left_out(images, num_classes)]
    if percent and "data" in parts:
        progress.note(
            f"  left out of data: {formats.listed(percent)} % of {images:,} images, which is fewer than "
            f"{FEWEST_PER_CLASS} of each class"
        )
    if slow and "efficiency" in parts:
        times = ", ".join(f"{formats.times(ratio)} for {space}" for space, ratio in slow.items())
        progress.note(f"  left out of efficiency: half precision, in which steps take longer ({times})")
