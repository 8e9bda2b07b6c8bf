"""Searches that have not finished: running, or interrupted."""

from pathlib import Path

import msgspec

from tunebench import files
from tunebench.errors import RecordError
from tunebench.objectives import ACCURACY, OBJECTIVES, Objective
from tunebench.progress import plural
from tunebench.record_json import UNREADABLE, from_json
from tunebench.records import TrialRecord
from tunebench.runs import run_folder
from tunebench.runs.trial_table import start_order


def read_trials(folder: Path) -> tuple[TrialRecord, ...]:
    """The finished trials in a run's folder, in the order in which they started.

    A last line that a crash cut off, or that is being written, is ignored.

    Raises:
        RecordError: The ledger cannot be read, or another line of it is damaged.
    """
    path = folder / run_folder.LEDGER
    try:
        text = path.read_bytes()
    except OSError as error:
        raise RecordError(
            f"The ledger {path} cannot be read: {error.strerror}. Restore the file to see the trials."
        ) from error
    trials = [
        from_json(line, TrialRecord, source=f"Line {number} of {path}")
        for number, line in enumerate(files.lines_of(text), start=1)
        if line.strip()
    ]
    return tuple(sorted(trials, key=start_order))


def is_unfinished(folder: Path) -> bool:
    """Whether a folder holds a search without a record."""
    return (folder / run_folder.LEDGER).is_file() and not (folder / run_folder.RECORD).exists()


def so_far(folder: Path) -> str:
    """A sentence about an unfinished search: its trials, and the best of them."""
    try:
        trials = read_trials(folder)
    except RecordError as error:
        return f"{folder} is not finished, and its trials cannot be read. {error}"
    objective = _objective(folder)
    scores = [trial.score for trial in trials if trial.score is not None]
    best = f", best validation {objective.words} {objective.score(max(scores)):.4f}" if scores else ""
    return (
        f"{folder} is not finished: {plural(len(trials), 'trial')} so far{best}. "
        "It is compared when its command has ended; if that was interrupted, the same command resumes it."
    )


def _objective(folder: Path) -> Objective:
    """What the search maximises, by its fingerprint; accuracy if that cannot be read."""
    try:
        found = msgspec.json.decode((folder / run_folder.FINGERPRINT).read_bytes(), type=dict[str, object])
    except (OSError, *UNREADABLE):
        return ACCURACY
    named = {f"{each.mode} {each.metric}": each for each in OBJECTIVES.values()}
    return named.get(str(found.get("objective")), ACCURACY)
