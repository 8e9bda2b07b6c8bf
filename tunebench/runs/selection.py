"""Find runs, and select those that can be compared."""

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tunebench.errors import RecordError, RunError, RunFolderError
from tunebench.home import typed
from tunebench.options import FinalOptions
from tunebench.runs import run_folder
from tunebench.runs.run import Run, read_run
from tunebench.runs.study_record import STUDY, StudyFolder, compare_command, read_study
from tunebench.runs.unfinished import is_unfinished, so_far


@dataclass(frozen=True)
class Selection:
    """The runs that can be compared, and one line about each that cannot.

    Attributes:
        runs: In the order they were given, or by folder.
        problems: What was left out, and why.
        studies: Those whose folders were named; their runs are among ``runs``.
        again: The words behind ``tunebench compare`` that select the same.
    """

    runs: tuple[Run, ...]
    problems: tuple[str, ...] = ()
    studies: tuple[StudyFolder, ...] = ()
    again: tuple[str, ...] = ()


def find_runs(runs_dir: Path) -> list[Path]:
    """The folders of all runs below a folder.

    Args:
        runs_dir: The folder to search, at any depth.

    Returns:
        The folders, sorted by path; at least one.

    Raises:
        RunFolderError: The folder does not exist or has no run.
    """
    if not runs_dir.is_dir():
        raise RunFolderError(
            f"There is no runs folder {runs_dir}. Expected the folder that `tunebench search` wrote to; "
            "run `tunebench search` first, or name it with --runs-dir."
        )
    folders = _runs_below(runs_dir)
    if not folders:
        unfinished = " ".join(map(so_far, _unfinished_below(runs_dir)))
        raise RunFolderError(
            f"The runs folder {runs_dir} has no finished run. Expected at least one. "
            f"{unfinished or 'Run `tunebench search` first.'}"
        )
    return folders


def select_runs(paths: Iterable[Path], runs_dir: Path) -> Selection:
    """Read the runs to compare: those named, or all below a folder.

    Args:
        paths: Run folders, their ``run.json``, or folders of runs; if there are none, all runs below
            ``runs_dir``. Those of studies, which would make the others hard to compare, are then left out,
            unless there are no others.
        runs_dir: The runs folder.

    Returns:
        The runs that can be read, and a line about each that cannot.

    Raises:
        RunError: There is nothing to compare.
    """
    paths = list(paths)
    usual = runs_dir.resolve() == Path(FinalOptions.runs_dir).resolve()
    again = [typed(path) for path in paths] or ([] if usual else ["--runs-dir", typed(runs_dir)])
    runs: dict[Path, Run] = {}
    errors: list[RunError] = []
    folders = [run for named in paths for run in _runs_at(named)]
    left_out: list[Path] = []
    if not paths:
        folders = find_runs(runs_dir)
        of_studies = sorted({folder.parent for folder in folders if (folder.parent / STUDY).exists()})
        others = [folder for folder in folders if folder.parent not in of_studies]
        if others:
            folders, left_out = others, of_studies
        else:
            paths = of_studies
    for path in folders:
        try:
            run = read_run(path)
            # A run that is named twice is compared once.
            runs.setdefault(run.folder.resolve(), run)
        except RunError as error:
            errors.append(RunError(so_far(path)) if is_unfinished(path) else error)
    if not paths:
        unfinished = _unfinished_below(runs_dir)
        errors += [RunError(so_far(path)) for path in unfinished if not (path.parent / STUDY).exists()]
    if not runs:
        if len(errors) == 1:
            raise errors[0]
        raise RecordError(f"None of the {len(errors)} runs can be read. The first: {errors[0]}")
    errors += [RunError(_left_out(study)) for study in left_out]
    studies = tuple(study for path in paths for study in _studies_at(path, errors))
    problems = tuple(str(error) for error in errors)
    return Selection(tuple(runs.values()), problems, studies, tuple(again))


def _left_out(study: Path) -> str:
    return f"The study in {study} is left out: {shlex.join(compare_command(study))} shows it."


def _runs_at(path: Path) -> list[Path]:
    """The run in a folder, or those below it; if there are none, the unfinished searches there."""
    if not path.is_dir() or (path / run_folder.RECORD).exists():
        return [path]
    return _runs_below(path) or _unfinished_below(path) or [path]


def _studies_at(path: Path, errors: list[RunError]) -> Iterable[StudyFolder]:
    """The study in a folder, or those in the folders below it, such as of several data sets."""
    found = (path / STUDY, *path.glob(f"*/{STUDY}"), *path.glob(f"*/*/{STUDY}"))
    for folder in sorted({each.parent for each in found}):
        try:
            study = read_study(folder)
        except RunError as error:
            errors.append(error)
        else:
            if study is not None:
                yield study


def _runs_below(folder: Path) -> list[Path]:
    return _holding(folder, run_folder.RECORD)


def _unfinished_below(folder: Path) -> list[Path]:
    return [each for each in _holding(folder, run_folder.LEDGER) if is_unfinished(each)]


def _holding(folder: Path, name: str) -> list[Path]:
    """The folders below one that hold a file of this name, also those that are links; each folder once."""
    found, seen = [], set()
    for place, folders, files in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(place)) in seen:
            folders.clear()
            continue
        seen.add(real)
        if name in files and not run_folder.is_replaced(Path(place)):
            found.append(Path(place))
    return sorted(found)
