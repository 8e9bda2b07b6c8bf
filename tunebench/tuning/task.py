"""What passes between the driver and an executor: a trial to run and what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tunebench.records import History, TrainingRecord, TrialRecord, TrialSeconds, TrialStatus
from tunebench.runs.trial_table import start_order


@dataclass(frozen=True)
class Training:
    """How every trial of a search is trained.

    Attributes:
        epochs: The most that any trial trains, which a schedule of the learning rate spans.
        patience: Epochs without improvement after which a trial stops; ``None`` for never.
        executions: How often a trial is trained on the same examples, each time with a seed of its own.
        folds: Folds of cross-validation, each validated on so often; ``None``: the held-out images are.
        seed: Divides the folds.
    """

    epochs: int
    patience: int | None
    executions: int = 1
    folds: int | None = None
    seed: int = 0

    @property
    def planned(self) -> int:
        """How often a trial is trained in all."""
        return self.executions * (self.folds or 1)


@dataclass(frozen=True, kw_only=True)
class TrialTask:
    """A trial to run.

    Attributes:
        trial_id: Keras Tuner's number.
        name: What the progress calls it.
        hyperparameters: ``keras_tuner.HyperParameters`` with the trial's values; the build may declare more.
        seed: Of initialisation, order and augmentation.
        epochs: Epochs to train to, counted from the model's first one.
        first_epoch: Where a promoted trial goes on, counted from 0.
        load_state: The state a promoted trial goes on from; see :func:`state_of`.
        save_state: Where to keep the state for a promotion; ``None`` where there can be none.
        must_end: Asked at every epoch with the seconds that one training of the trial takes so far; ``None``:
            it never must. A :class:`~tunebench.tuning.budget.TimeLimit` can be asked on another machine, too.
        floors: What the best validation accuracy has to have reached after each epoch, or the trial is
            pruned; empty: nothing. Of several trainings, the first is judged.
    """

    trial_id: str
    name: str = "trial"
    hyperparameters: Any
    seed: int
    epochs: int
    first_epoch: int = 0
    load_state: Path | None = None
    save_state: Path | None = None
    must_end: Callable[[float], bool] | None = None
    floors: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrialOutcome:
    """What became of a trial; the fields are those of a ledger line."""

    status: TrialStatus
    message: str | None = None
    score: float | None = None
    scores: list[float] = field(default_factory=list)
    epochs: int = 0
    history: History = field(default_factory=dict)
    trainings: list[TrainingRecord] = field(default_factory=list)
    seconds: TrialSeconds = field(default_factory=TrialSeconds)
    parameters: int | None = None


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A trial that an executor has done with.

    Attributes:
        trial_id: Of the task.
        outcome: What became of it.
        worker: Who ran it.
        hyperparameters: The task's, with what the build declared.
    """

    trial_id: str
    outcome: TrialOutcome
    worker: str
    hyperparameters: Any

    @classmethod
    def of(cls, task: TrialTask, outcome: TrialOutcome, worker: str) -> "Finished":
        """A task that became this, in these hands."""
        return cls(
            trial_id=task.trial_id, outcome=outcome, worker=worker, hyperparameters=task.hyperparameters
        )


class Executor(Protocol):
    """Runs trials somewhere.

    Attributes:
        workers: How many it runs at once.
    """

    @property
    def workers(self) -> int:
        """How many trials it runs at once."""

    def submit(self, task: TrialTask) -> None:
        """Take a trial; no more than ``workers`` are under way at once."""

    def wait(self) -> Finished:
        """Wait for a trial to end; one that fails has an outcome and raises nothing."""


def state_of(path: Path, number: int) -> Path:
    """Each training of a trial, counted from 0, has a state of its own."""
    return path if number == 0 else path.with_stem(f"{path.stem}-{number}")


def best_of(records: Sequence[TrialRecord]) -> TrialRecord | None:
    """Of the trials with the highest score the one that began first; ``None`` where no trial has one.

    Not one that was pruned: earlier trials were ahead of it, even where its score, which is that of the first
    of several trainings, happens to lie above the mean of theirs.
    """
    scored = [record for record in records if record.score is not None and record.status != "pruned"]
    return max(sorted(scored, key=start_order), key=lambda record: record.score or 0.0, default=None)
