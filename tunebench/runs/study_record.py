"""``study.json``: which runs a study consists of, and what each is for. No Keras."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tunebench import files
from tunebench.errors import RecordError
from tunebench.home import typed
from tunebench.options import Tuner
from tunebench.record_json import from_json, to_json
from tunebench.records import HyperparameterValue, Positive, Seconds
from tunebench.study_options import Part

STUDY = "study.json"

Role = Literal[
    "reference", "tuned", "plain", "augmented", "stopped", "both", "size", "tuner", "half-precision"
]


@dataclass(frozen=True, kw_only=True)
class PlannedRun:
    """One run of a study.

    Attributes:
        name: Of its folder, beside ``study.json``.
        space: The space's name.
        part: The first part that needs it.
        role: What it is for. ``plain``, ``augmented``, ``stopped`` and ``both`` are the winner's values
            without augmentation and early stopping, with one of them, and with both.
        tuner: Of a search.
        train_size: Training images; ``None``: all.
        epochs: Maximum number of epochs; ``None``: those of the space.
        patience: Of early stopping; ``None``: never.
        seconds: How long it was expected to take.
        budget: Limit of a search; ``None``: it has a number of trials.
    """

    name: str
    space: str
    part: Part
    role: Role
    tuner: Tuner | None = None
    train_size: Positive | None = None
    epochs: Positive | None = None
    patience: Positive | None = None
    seconds: Seconds = 0.0
    budget: Seconds | None = None


@dataclass(frozen=True, kw_only=True)
class StudyRecord:
    """The content of ``study.json``.

    Attributes:
        settings: What a repeat of the command must agree on.
        runs: In the order in which they are made.
        slow_in_half_precision: How many times as long a training step of the default model takes in mixed
            bfloat16, by space; these spaces are not trained in it.
    """

    format_version: Literal[1] = 1
    settings: dict[str, HyperparameterValue | None]
    runs: list[PlannedRun]
    slow_in_half_precision: dict[str, Seconds] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyFolder:
    """A study on disk.

    Attributes:
        folder: Holds ``study.json`` and the folders of the runs.
        record: What it consists of.
    """

    folder: Path
    record: StudyRecord


def read_study(folder: Path) -> StudyFolder | None:
    """Read and check a study.

    Args:
        folder: Its folder.

    Returns:
        The study; ``None`` if the folder has none.

    Raises:
        RecordError: ``study.json`` cannot be read or is damaged.
    """
    path = folder / STUDY
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordError(
            f"{path} cannot be read: {error.strerror}. Expected a readable file; fix or delete it. "
            "The study's command then plans again, and keeps the finished runs."
        ) from error
    try:
        return StudyFolder(folder, from_json(text, StudyRecord, source=path))
    except RecordError as error:
        raise RecordError(
            f"{path} is damaged ({error.__cause__}). Restore it from a copy, or delete it: the study's "
            "command then plans again, and keeps the finished runs."
        ) from error


def default_page(name: str, dataset: str) -> Path:
    """The page of a study that names no other.

    Args:
        name: The study's.
        dataset: The name of its images.
    """
    return Path("reports") / f"{name}-{dataset}.html"


def compare_command(folder: Path) -> list[str]:
    """The words of the command that writes a study's page again.

    Args:
        folder: The study's.
    """
    page = default_page(folder.parent.name, folder.name)
    return ["tunebench", "compare", typed(folder), "--out", str(page)]


def write_study(study: StudyFolder) -> None:
    """Write ``study.json``, completely or not at all.

    Raises:
        RunFolderError: The folder cannot be written to.
    """
    files.write_atomically(study.folder / STUDY, to_json(study.record, indent=2))
