"""``timing.json``: a winner's training times, repeated in turns with other models. No Keras."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from tunebench import files
from tunebench.errors import RecordError
from tunebench.record_json import from_json, to_json
from tunebench.records import (
    Count,
    EnvironmentRecord,
    History,
    HyperparameterValue,
    Proportion,
    RunRecord,
    Seconds,
)
from tunebench.runs import run_folder


@dataclass(frozen=True, kw_only=True)
class RepeatRecord:
    """One training under the clock; the fields are those of :class:`~tunebench.records.FinalRecord`.

    Attributes:
        history: ``val_accuracy`` and ``seconds`` per epoch.
    """

    seed: int
    train_seconds: Seconds
    prefix_seconds: Seconds
    setup_seconds: Seconds
    fit_seconds: Seconds
    epochs: Count
    history: History
    other_load: Proportion | None = None
    paused_seconds: Seconds = 0.0


@dataclass(frozen=True, kw_only=True)
class TimingRecord:
    """The content of ``timing.json``.

    Attributes:
        dataset_sha256: Of the images, as in the run's record.
        hyperparameters: Of the model, as in the run's record.
        environment: Of the timing.
        repeats: At least one, in order.
        started_at: When the timing started; the same for all models that took turns.
        finished_at: When the last of these repeats ended.
        command: How it was requested; empty in records of earlier versions.
    """

    format_version: Literal[1] = 1
    dataset_sha256: str
    hyperparameters: dict[str, HyperparameterValue]
    environment: EnvironmentRecord
    repeats: Annotated[list[RepeatRecord], msgspec.Meta(min_length=1)]
    started_at: str
    finished_at: str
    command: str = ""


def read_timing(folder: Path, record: RunRecord) -> TimingRecord | None:
    """Read and check a run's timing.

    Args:
        folder: The run's folder.
        record: Its record.

    Returns:
        The timing; ``None`` if the run was not timed again.

    Raises:
        RecordError: The file cannot be read, is damaged, or belongs to another model.
    """
    path = folder / run_folder.TIMING
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise RecordError(
            f"{path} cannot be read: {error.strerror}. Expected a readable file; fix or delete it."
        ) from error
    timing = from_json(text, TimingRecord, source=path)
    if (timing.dataset_sha256, timing.hyperparameters) != (record.dataset.sha256, record.hyperparameters):
        raise RecordError(
            f"{path} was written for other images or hyperparameters than run.json describes. "
            "Expected the same model; time it again with `tunebench compare --retime`."
        )
    return timing


def write_timing(folder: Path, timing: TimingRecord) -> None:
    """Write a run's timing, completely or not at all.

    Raises:
        RunFolderError: The folder cannot be written to.
    """
    files.write_atomically(folder / run_folder.TIMING, to_json(timing, indent=2))
