"""What passes between the driver and an executor: a trial to run and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from tunebench.records import History, TrainingRecord, TrialRecord, TrialSeconds


@dataclass(frozen=True, kw_only=True)
class TrialTask:
    """A trial to run.

    Attributes:
        trial_id: Keras Tuner's number.
        hyperparameters: ``keras_tuner.HyperParameters`` with the trial's values; the build may declare more.
        seed: Of initialisation, order and augmentation.
        epochs: Epochs to train to, counted from the model's first one.
        first_epoch: Where a promoted trial goes on, counted from 0.
        load_state: The state a promoted trial goes on from.
        save_state: Where to keep the state for a promotion; ``None`` where there can be none.
        must_end: Asked at every epoch with the seconds that one training of the trial takes so far; ``None``:
            it never must.
    """

    trial_id: str
    hyperparameters: Any
    seed: int
    epochs: int
    first_epoch: int = 0
    load_state: Path | None = None
    save_state: Path | None = None
    must_end: Callable[[float], bool] | None = None


@dataclass(frozen=True, kw_only=True)
class TrialOutcome:
    """What became of a trial; the fields are those of a ledger line. A pruned one was stopped early."""

    status: Literal["completed", "pruned", "failed"]
    message: str | None = None
    score: float | None = None
    scores: list[float] = field(default_factory=list)
    epochs: int = 0
    history: History = field(default_factory=dict)
    trainings: list[TrainingRecord] = field(default_factory=list)
    seconds: TrialSeconds = field(default_factory=TrialSeconds)
    parameters: int | None = None


class Executor(Protocol):
    """Runs trials somewhere."""

    worker: str

    def run(self, task: TrialTask) -> TrialOutcome:
        """Run a trial to its end; a trial that fails is an outcome, not an exception."""


def best_of(records: Sequence[TrialRecord]) -> TrialRecord | None:
    """The first of the trials with the highest score; ``None`` where no trial has one."""
    scored = [record for record in records if record.score is not None]
    return max(scored, key=lambda record: record.score or 0.0, default=None)
