"""Find, read and check the runs in a runs folder. No Keras.

A run's folder has ``run.json``, ``trials.jsonl`` if it was tuned, ``predictions-<seed>.npz`` for each final
training, and ``timing.json`` if the winner was timed again. These files may be damaged or foreign, so they
are checked, and one line says what cannot be used.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tunebench.errors import RecordError, RunError, RunFolderError
from tunebench.record_json import UNREADABLE, from_json
from tunebench.records import FORMAT_VERSION, RunRecord, TrialRecord
from tunebench.runs import run_folder
from tunebench.runs.predictions import Predictions, read_predictions
from tunebench.runs.timing import TimingRecord, read_timing
from tunebench.runs.trial_table import trials_table
from tunebench.runs.unfinished import is_unfinished, read_trials, so_far

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Run:
    """A run on disk.

    Attributes:
        folder: Its folder.
        record: Its ``run.json``.
    """

    folder: Path
    record: RunRecord

    @cached_property
    def trial_records(self) -> tuple[TrialRecord, ...]:
        """The finished trials in the order in which they started; none for a baseline.

        A last line that a crash cut off is ignored.

        Raises:
            RecordError: The ledger cannot be read, another line of it is damaged, or lines are missing.
        """
        if self.record.search is None:
            return ()
        trials = read_trials(self.folder)
        if len(trials) < self.record.search.trials:
            raise RecordError(
                f"{self.folder / run_folder.LEDGER} holds {len(trials)} of the {self.record.search.trials} "
                "trials of its run. The run is compared without its trials; restore the file, or run its "
                "command again to train them."
            )
        return trials

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """The finished trials as a table: a row per trial, hyperparameters in columns named ``hp.<name>``.

        Raises:
            RecordError: The ledger cannot be read.
        """
        return trials_table(self.trial_records)

    @cached_property
    def timing(self) -> TimingRecord | None:
        """The winner's repeated timing; ``None`` if it was not timed again.

        Raises:
            RecordError: The file cannot be read, is damaged, or belongs to another model.
        """
        return read_timing(self.folder, self.record)

    def predictions(self, seed: int) -> Predictions:
        """The predictions of a seed's final model for the test images.

        Args:
            seed: One of ``record.finals``.

        Returns:
            Labels and probabilities, checked.

        Raises:
            RecordError: The file is missing, damaged or belongs to another run.
        """
        return read_predictions(run_folder.predictions(self.folder, seed), self.record.dataset)


@dataclass(frozen=True)
class Selection:
    """The runs that can be compared, and one line about each that cannot.

    Attributes:
        runs: In the order they were given, or by folder.
        problems: What was left out, and why.
    """

    runs: tuple[Run, ...]
    problems: tuple[str, ...] = ()


def read_run(path: Path) -> Run:
    """Read a run.

    Args:
        path: Its folder, or its ``run.json``.

    Returns:
        The run, with its record checked; ledger and predictions are read when they are used.

    Raises:
        RunFolderError: There is no run at that path.
        RecordError: Its record is damaged or has another format.
    """
    folder = path.parent if path.name == run_folder.RECORD and not path.is_dir() else path
    file = folder / run_folder.RECORD
    if not folder.is_dir():
        raise RunFolderError(
            f"There is no run at {path}. Expected a run's folder, such as runs/cifar10/cnn3, "
            f"or its {run_folder.RECORD}."
        )
    try:
        text = file.read_bytes()
    except FileNotFoundError as error:
        raise RunFolderError(
            f"{folder} has no {run_folder.RECORD}. Expected the folder of a finished run; "
            "if its search was interrupted, run the same `tunebench search` command again."
        ) from error
    except OSError as error:
        raise RunFolderError(
            f"{file} cannot be read: {error.strerror}. Expected a file you may read."
        ) from error
    _check_version(text, file)
    record = from_json(text, RunRecord, source=file)
    if not record.finals:
        raise RecordError(
            f"{file} has no final training. Run its `tunebench` command again to train the winner."
        )
    if len({final.seed for final in record.finals}) < len(record.finals):
        raise RecordError(
            f"{file} has two final trainings with one seed. Expected different seeds; train the run again."
        )
    return Run(folder, record)


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
            ``runs_dir``.
        runs_dir: The runs folder.

    Returns:
        The runs that can be read, and a line about each that cannot.

    Raises:
        RunError: There is nothing to compare.
    """
    paths = list(paths)
    runs: dict[Path, Run] = {}
    errors: list[RunError] = []
    for path in [run for named in paths for run in _runs_at(named)] or find_runs(runs_dir):
        try:
            run = read_run(path)
            # A run that is named twice is compared once.
            runs.setdefault(run.folder.resolve(), run)
        except RunError as error:
            errors.append(RunError(so_far(path)) if is_unfinished(path) else error)
    if not paths:
        errors += [RunError(so_far(path)) for path in _unfinished_below(runs_dir)]
    if not runs:
        if len(errors) == 1:
            raise errors[0]
        raise RecordError(f"None of the {len(errors)} runs can be read. The first: {errors[0]}")
    return Selection(tuple(runs.values()), tuple(str(error) for error in errors))


def _runs_at(path: Path) -> list[Path]:
    """The run in a folder, or those below it."""
    if not path.is_dir() or (path / run_folder.RECORD).exists():
        return [path]
    return _runs_below(path) or [path]


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
        if name in files and not run_folder.is_set_aside(Path(place)):
            found.append(Path(place))
    return sorted(found)


class _Version(msgspec.Struct):
    format_version: int


def _check_version(text: bytes, file: Path) -> None:
    """Report another format as such, not as a missing field."""
    try:
        version = msgspec.json.decode(text, type=_Version).format_version
    except UNREADABLE:
        return  # from_json says what is wrong.
    if version != FORMAT_VERSION:
        raise RecordError(
            f"{file} has format {version}, but this version of tunebench reads format {FORMAT_VERSION}. "
            "Use the version of tunebench that wrote it, or run its command again."
        )
