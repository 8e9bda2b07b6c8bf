"""Find, read and check the runs that lie in a runs folder.

A run folder holds ``run.json``, for a tuned run ``trials.jsonl``, per final training
``predictions-<seed>.npz``, and ``timing.json`` where the winner was timed again. Whatever is read here may be
damaged or foreign: it is checked, and what cannot be used is named in one line. No Keras.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tunebench import files
from tunebench.runs import run_folder
from tunebench.errors import RecordError, RunError, RunFolderError
from tunebench.runs.predictions import Predictions, read_predictions
from tunebench.records import FORMAT_VERSION, RunRecord, TrialRecord, from_json
from tunebench.runs.timing import TimingRecord, read_timing
from tunebench.runs.trial_table import start_order, trials_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Run:
    """A run as it lies on disk.

    Attributes:
        folder: Where it lies.
        record: Its ``run.json``.
    """

    folder: Path
    record: RunRecord

    @cached_property
    def trial_records(self) -> tuple[TrialRecord, ...]:
        """The finished trials in the order they began; none for a baseline.

        A last line that was cut off by a crash is left out.

        Raises:
            RecordError: The ledger cannot be read, another line of it is damaged, or lines are missing.
        """
        path = self.folder / run_folder.LEDGER
        if self.record.search is None:
            return ()
        try:
            text = path.read_bytes()
        except OSError as error:
            raise RecordError(
                f"The ledger {path} cannot be read: {error.strerror}. "
                "The run is compared without its trials; restore the file to see them."
            ) from error
        trials = [
            from_json(line, TrialRecord, source=f"Line {number} of {path}")
            for number, line in enumerate(files.lines_of(text), start=1)
            if line.strip()
        ]
        if len(trials) < self.record.search.trials:
            raise RecordError(
                f"{path} holds {len(trials)} of the {self.record.search.trials} trials of its run. The run "
                "is compared without its trials; restore the file, or give its command again to train them."
            )
        return tuple(sorted(trials, key=start_order))

    @cached_property
    def trials(self) -> "pd.DataFrame":
        """The finished trials as a table: a row per trial, hyperparameters in columns named ``hp.<name>``.

        Raises:
            RecordError: The ledger cannot be read.
        """
        return trials_table(self.trial_records)

    @cached_property
    def timing(self) -> TimingRecord | None:
        """The winner timed again; ``None`` where it was not.

        Raises:
            RecordError: The file cannot be read, is damaged, or is of another model.
        """
        return read_timing(self.folder, self.record)

    def predictions(self, seed: int) -> Predictions:
        """What the final model of a seed said of each test image.

        Args:
            seed: One of ``record.finals``.

        Returns:
            Labels and probabilities, checked.

        Raises:
            RecordError: The file is missing, damaged or not of this run.
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
        The run, whose record is checked; ledger and predictions are read when they are used.

    Raises:
        RunFolderError: There is no run at that path.
        RecordError: Its record is damaged or of another format.
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
            f"{folder} holds no {run_folder.RECORD}. Expected the folder of a finished run; "
            "if its search was interrupted, give the same `tunebench search` command again."
        ) from error
    except OSError as error:
        raise RunFolderError(
            f"{file} cannot be read: {error.strerror}. Expected a file you may read."
        ) from error
    _check_version(text, file)
    record = from_json(text, RunRecord, source=file)
    if not record.finals:
        raise RecordError(
            f"{file} holds no final training. Give its `tunebench` command again to train the winner."
        )
    if len({final.seed for final in record.finals}) < len(record.finals):
        raise RecordError(
            f"{file} holds two final trainings of one seed. Expected another seed each; train the run again."
        )
    return Run(folder, record)


def find_runs(runs_dir: Path) -> list[Path]:
    """The folders of all runs below a folder.

    Args:
        runs_dir: Where to look, at any depth.

    Returns:
        The folders, sorted by path; at least one.

    Raises:
        RunFolderError: The folder does not exist or holds no run.
    """
    if not runs_dir.is_dir():
        raise RunFolderError(
            f"There is no runs folder {runs_dir}. Expected the folder that `tunebench search` wrote to; "
            "run `tunebench search` first, or name it with --runs-dir."
        )
    folders = sorted(file.parent for file in runs_dir.rglob(run_folder.RECORD))
    if not folders:
        raise RunFolderError(
            f"The runs folder {runs_dir} holds no finished run. Expected one at least; "
            "run `tunebench search` first."
        )
    return folders


def select_runs(paths: Iterable[Path], runs_dir: Path) -> Selection:
    """Read the runs to compare: those named, or all below a folder.

    Args:
        paths: Run folders or their ``run.json``; when there are none, all below ``runs_dir`` are taken.
        runs_dir: The runs folder.

    Returns:
        The runs that can be read, and a line about each that cannot.

    Raises:
        RunError: Nothing is left to compare.
    """
    runs: dict[Path, Run] = {}
    errors: list[RunError] = []
    for path in list(paths) or find_runs(runs_dir):
        try:
            run = read_run(path)
            # A run that was named twice is compared once.
            runs.setdefault(run.folder.resolve(), run)
        except RunError as error:
            errors.append(error)
    if not runs:
        if len(errors) == 1:
            raise errors[0]
        raise RecordError(f"None of the {len(errors)} runs can be read. The first: {errors[0]}")
    return Selection(tuple(runs.values()), tuple(str(error) for error in errors))


class _Version(msgspec.Struct):
    format_version: int


def _check_version(text: bytes, file: Path) -> None:
    """Say "another format" where that is what is wrong, before a missing field is complained of."""
    try:
        version = msgspec.json.decode(text, type=_Version).format_version
    except (msgspec.DecodeError, UnicodeDecodeError):
        return  # from_json says what is wrong.
    if version != FORMAT_VERSION:
        raise RecordError(
            f"{file} has format {version}, but this version of tunebench reads format {FORMAT_VERSION}. "
            "Use the version of tunebench that wrote it, or give its command again."
        )
