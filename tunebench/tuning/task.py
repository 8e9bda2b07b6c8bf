"""The data exchanged between the driver and an executor: a trial to run and its outcome."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any, Protocol

from tunebench.objectives import Objective
from tunebench.records import (
    History,
    HyperparameterValue,
    TrainingRecord,
    TrialRecord,
    TrialSeconds,
    TrialStatus,
)
from tunebench.runs.trial_table import start_order
from tunebench.tuning.pruning import Floors


@dataclass(frozen=True, kw_only=True)
class TrialTask:
    """A trial to run.

    Attributes:
        trial_id: Keras Tuner's number.
        name: As shown in the progress.
        hyperparameters: ``keras_tuner.HyperParameters`` with the trial's values; the build may declare more.
        seed: Of initialisation, order and augmentation.
        epochs: Epoch to train to, counted from the model's first one.
        first_epoch: Epoch that a promoted trial resumes from, counted from 0.
        load_state: Checkpoint that a promoted trial resumes from; see :func:`state_of`.
        save_state: Where to save the checkpoint for a promotion; ``None`` if there can be none.
        must_end: Whether the trial must stop, given the seconds that one training of it has taken; called at
            every epoch. Optional. A :class:`~tunebench.tuning.budget.TimeLimit` works on other machines too.
        floors: The best score to reach after an epoch, below which the trial is pruned; ``None``: no pruning.
            If a trial is trained several times, only the first training is compared.
        endless: Whether a ``fit`` of the user's cannot end the trial: of a measurement.
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
    floors: Floors | None = None
    endless: bool = False


@dataclass(frozen=True, kw_only=True)
class TrialOutcome:
    """A trial's outcome; the fields are those of a ledger line."""

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
    """A trial that an executor has finished.

    Attributes:
        trial_id: Of the task.
        outcome: Its outcome.
        worker: The worker that ran it.
        hyperparameters: The task's, and those that the build declared.
    """

    trial_id: str
    outcome: TrialOutcome
    worker: str
    hyperparameters: Any

    @classmethod
    def of(cls, task: TrialTask, outcome: TrialOutcome, worker: str) -> "Finished":
        """A finished task."""
        return cls(
            trial_id=task.trial_id, outcome=outcome, worker=worker, hyperparameters=task.hyperparameters
        )


class Executor(Protocol):
    """Runs trials.

    Attributes:
        workers: Number of trials it runs at once.
    """

    @property
    def workers(self) -> int:
        """Number of trials it runs at once."""

    def submit(self, task: TrialTask) -> None:
        """Take a trial; at most ``workers`` may run at once."""

    def wait(self) -> Finished:
        """Wait for a trial to finish; a failed trial has an outcome and raises nothing."""


def of_the_model(values: Mapping[str, Any]) -> dict[str, Any]:
    """A trial's values without Keras Tuner's own ``tuner/…`` entries."""
    return {name: value for name, value in values.items() if not name.startswith("tuner/")}


def record_of(
    task: TrialTask,
    finished: Finished,
    *,
    started_at: str,
    elapsed_seconds: float,
    known: frozenset[str] | None = None,
) -> TrialRecord:
    """A finished task's line in a ledger.

    Args:
        task: The task.
        finished: What became of it.
        started_at: Local time.
        elapsed_seconds: Since the search began.
        known: Names of the hyperparameters declared before the trial; ``None``: all of them.
    """
    declared = finished.hyperparameters.space
    return TrialRecord(
        **vars(finished.outcome),
        trial_id=task.trial_id,
        hyperparameters=plain(finished.hyperparameters.values),
        started_at=started_at,
        elapsed_seconds=elapsed_seconds,
        seed=task.seed,
        worker=finished.worker,
        # Active or inactive.
        ranges=getattr(finished.hyperparameters, "changed", {}),
        declared=[] if known is None else [hp.name for hp in declared if hp.name not in known],
    )


def plain(values: Mapping[str, Any]) -> dict[str, HyperparameterValue]:
    """Hyperparameter values as built-in types, as they are read from JSON."""
    return {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}


def state_of(path: Path, number: int) -> Path:
    """The checkpoint of one training of a trial, counted from 0."""
    return path if number == 0 else path.with_stem(f"{path.stem}-{number}")


def ranked(records: Sequence[TrialRecord]) -> list[TrialRecord]:
    """The trials that have a score, the best first; of equal ones the one that started first.

    Pruned trials are left out: their score comes from the first of several trainings, so it may be above the
    mean score of a trial that was ahead.
    """
    scored = [record for record in records if record.score is not None and record.status != "pruned"]
    return sorted(sorted(scored, key=start_order), key=lambda record: -(record.score or 0.0))


def best_epochs(records: Sequence[TrialRecord], objective: Objective) -> int:
    """The epochs that trainings took to their best one, on average.

    Args:
        records: Trials or confirmations with a score, at least one.
        objective: What was scored.
    """
    found = []
    for record in records:
        values = record.hyperparameters
        for history in [each.history for each in record.trainings] or [record.history]:
            scores = [
                -math.inf if each is None else objective.score(each) for each in history[objective.metric]
            ]
            # The history of a promoted trial begins where its parent ended, if its checkpoint was there.
            first = int(values.get("tuner/initial_epoch", 0))
            is_whole = first + len(scores) > float(values.get("tuner/epochs", math.inf))
            found.append((0 if is_whole else first) + scores.index(max(scores)) + 1)
    return round(fmean(found))


def best_of(records: Sequence[TrialRecord]) -> TrialRecord | None:
    """The first of :func:`ranked`, or ``None`` if no trial has a score."""
    return next(iter(ranked(records)), None)
