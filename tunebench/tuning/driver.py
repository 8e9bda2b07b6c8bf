"""Run the trials that an oracle proposes and keep the ledger."""

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tunebench import seeds
from tunebench.errors import OutOfTimeError, SearchError
from tunebench.objectives import ACCURACY, Objective
from tunebench.progress import Progress
from tunebench.records import TrialRecord
from tunebench.spaces.hyperparameters.watched import Watched
from tunebench.tuning import checkpoints
from tunebench.tuning.budget import Budget, TimeLimit
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.proposals import Proposals
from tunebench.tuning.pruning import Curves
from tunebench.tuning.task import Executor, Finished, TrialTask, best_of, plain, record_of
from tunebench.tuning.trial_text import describe, result

# If this many trials failed and none succeeded, the search stops.
_MOST_FAILED = 5


@dataclass(frozen=True)
class _Running:
    """A running trial.

    Attributes:
        trial: Keras Tuner's.
        task: The executor's.
        known: Names of the hyperparameters declared before the trial.
        started_at: Local time.
    """

    trial: Any
    task: TrialTask
    known: frozenset[str]
    started_at: str


@dataclass
class Driver:
    """One search.

    Attributes:
        oracle: A new ``keras_tuner.Oracle``; trials of the ledger are replayed into it.
        executor: Runs the trials.
        ledger: Gets a line per finished trial.
        limit: Maximum number of trials; with ``None`` the oracle ends the search.
        epochs: Epochs of a trial if the oracle does not set them.
        seed: Every trial's seed is derived from it.
        checkpoints: Folder for the checkpoints of trials that may be promoted; ``None`` if there are none.
        declare: Builds a model to declare its hyperparameters (see :meth:`_replay`).
        progress: Receives progress events.
        began: When the command began, by ``time.monotonic()``.
        budget: Limits the time of the command; optional.
        window: See :class:`~tunebench.tuning.proposals.Proposals`.
        prune: Whether trials that learn nothing or fall behind are stopped (:mod:`tunebench.tuning.pruning`).
        objective: What is scored.
        chance: See :meth:`Objective.chance_level`.
    """

    oracle: Any
    executor: Executor
    ledger: Ledger
    limit: int | None
    epochs: int
    seed: int
    checkpoints: Path | None
    declare: Callable[[Any], None]
    progress: Progress
    began: float
    budget: Budget | None = None
    window: int = 1
    prune: bool = False
    objective: Objective = ACCURACY
    chance: float = -math.inf
    _proposals: Proposals = field(init=False)
    _earlier: dict[str, TrialRecord] = field(init=False)
    _running: dict[str, _Running] = field(default_factory=dict, init=False)
    _time_is_up: bool = field(default=False, init=False)
    # Why a trial could not start in time.
    _too_late: str | None = field(default=None, init=False)
    _noted: set[str] = field(default_factory=set, init=False)

    def run(self) -> list[TrialRecord]:
        """Replay the ledger, then run trials until the limit or the oracle ends the search.

        Returns:
            The finished trials, those of earlier commands included, in the order they finished.

        Raises:
            SearchError: The ledger does not match what the oracle proposes, or all trials fail.
            OutOfTimeError: No trial has a score, and one could not start in time.
        """
        self._proposals = Proposals(
            self.oracle, self.window, Curves(self.epochs, self.chance, self.objective)
        )
        self._earlier = {record.trial_id: record for record in self.ledger.records}
        before = max((record.elapsed_seconds for record in self.ledger.records), default=0.0)
        began = self.began - before
        while True:
            self._start_trials()
            if not self._running:
                break
            self._take(self.executor.wait(), time.monotonic() - began)
        self._proposals.report_rest()
        if self._proposals.ended and self.checkpoints is not None:
            # Nothing more will be promoted.
            checkpoints.remove_all(self.checkpoints)
        if self._too_late is not None:
            if best_of(self.ledger.records) is None:
                raise OutOfTimeError(self._too_late)
            self.progress.note(f"The time is up: {self._too_late}")
        return self.ledger.records

    def _start_trials(self) -> None:
        """Start as many trials as may run now; those in the ledger finish immediately."""
        while len(self._running) < self.executor.workers and self._may_start():
            trial = self._proposals.next()
            if trial is None:
                break
            record = self._earlier.pop(trial.trial_id, None)
            if record is None:
                self._start(trial)
            else:
                self._replay(trial, record)

    def _may_start(self) -> bool:
        if self._time_is_up or (self.limit is not None and self._proposals.number >= self.limit):
            return False
        # Replayed trials take no time.
        if self._earlier or self.budget is None:
            return True
        if not self.budget.allows_another(self.ledger.records, self.executor.workers):
            self.progress.note("The rest of the time is needed for the final trainings.")
            self._time_is_up = True
        return not self._time_is_up

    def _start(self, trial: Any) -> None:
        values = plain(trial.hyperparameters.values)
        task = self._task(trial, values)
        self.progress.step(task.name, describe(values), self.objective)
        known = frozenset(hp.name for hp in trial.hyperparameters.space)
        self._running[trial.trial_id] = _Running(trial, task, known, now())
        self.executor.submit(task)

    def _take(self, finished: Finished, elapsed_seconds: float) -> None:
        """Record a finished trial before anything else."""
        running = self._running.pop(finished.trial_id)
        running.trial.hyperparameters = finished.hyperparameters
        record = record_of(
            running.task,
            finished,
            started_at=running.started_at,
            elapsed_seconds=elapsed_seconds,
            known=running.known,
        )
        if record.status == "cut":
            self._time_is_up = True
            if record.score is None:
                # Not a result either, but those that run may become one.
                self._too_late = record.message
                return
            if best_of(self.ledger.records) is not None:
                # Not a result: a resumed search trains it again, to the end.
                self.progress.note(f"The time is up: trial {record.trial_id} was stopped and is not counted.")
                return
            self.progress.note("The time is up: this trial was stopped early, but there is no other.")
        self.ledger.append(record)
        self._proposals.end(record)
        best = best_of(self.ledger.records)
        value = None if best is None or best.score is None else self.objective.score(best.score)
        self.progress.finish(result(record, self.objective), value, running.task.name)
        self._note_ranges(record)
        self._check_failures()

    def _note_ranges(self, record: TrialRecord) -> None:
        """Say once for each hyperparameter that its range depends on others."""
        for name, asked in record.ranges.items():
            if name not in self._noted:
                self._noted.add(name)
                self.progress.note(
                    f"The range of {name} depends on other hyperparameters: trial {record.trial_id} asked "
                    f"for {asked}. As in Keras Tuner, its values come from the range of the first build."
                )

    def _task(self, trial: Any, values: Mapping[str, Any]) -> TrialTask:
        """Hyperband's own entries set how long to train and which trial to resume from."""
        if self.checkpoints is not None:
            checkpoints.remove_unneeded(self.checkpoints, self.oracle)
        parent = values.get("tuner/trial_id")
        load_state = self._checkpoint(parent) if parent else None
        resumes = load_state is not None and load_state.exists()
        return TrialTask(
            trial_id=trial.trial_id,
            name=f"trial {trial.trial_id}",
            hyperparameters=Watched.of(trial.hyperparameters),
            seed=seeds.derive(self.seed, "trial", self._first_ancestor(trial.trial_id)),
            epochs=values.get("tuner/epochs", self.epochs),
            # Without the parent's checkpoint the trial trains all its epochs itself, with the same result.
            first_epoch=values.get("tuner/initial_epoch", 0) if resumes else 0,
            load_state=load_state if resumes else None,
            save_state=None if _is_last_round(values) else self._checkpoint(trial.trial_id),
            must_end=None if self.budget is None else TimeLimit(self.budget, self.ledger.records),
            # From the outcomes that the oracle knows, which do not depend on the order of finishing.
            floors=self._proposals.curves.floors() if self.prune else None,
        )

    def _checkpoint(self, trial_id: str) -> Path | None:
        return None if self.checkpoints is None else checkpoints.checkpoint_path(self.checkpoints, trial_id)

    def _first_ancestor(self, trial_id: str) -> str:
        """A promoted trial has the seed of the trial that it resumes."""
        parent = self.oracle.trials[trial_id].hyperparameters.values.get("tuner/trial_id")
        return self._first_ancestor(parent) if parent else trial_id

    def _replay(self, trial: Any, record: TrialRecord) -> None:
        """Take a proposed trial's outcome from the ledger."""
        if record.declared:
            # When the trial ran, its build declared hyperparameters that were new to the oracle.
            self.declare(trial.hyperparameters)
        if plain(trial.hyperparameters.values) != record.hyperparameters:
            # The settings are the same: fingerprint.match() has compared them.
            raise SearchError(
                f"The search in {self.ledger.path.parent} was begun by an earlier version of tunebench, "
                f"which proposes in another order: trial {record.trial_id} in {self.ledger.path.name} has "
                "other hyperparameters than expected here. Use another --name to keep both, or --fresh to "
                "start again."
            )
        self._proposals.end(record)

    def _check_failures(self) -> None:
        records = self.ledger.records
        if len(records) < _MOST_FAILED or best_of(records) is not None:
            return
        reason, count = Counter(record.message for record in records).most_common(1)[0]
        what, remedy = "failed", "Fix the space or its ranges"
        if all(record.status == "pruned" for record in records):
            what, remedy = "were pruned", "Allow more --epochs, or use --no-prune"
        raise SearchError(
            f"All {len(records)} trials {what}, {count} of them because {reason}. "
            f"{remedy}, then run the command again with --fresh."
        )


def now() -> str:
    """The local time, as a record has it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _is_last_round(values: Mapping[str, Any]) -> bool:
    """Whether a Hyperband trial is in its bracket's last round, from which nothing is promoted."""
    return bool(values.get("tuner/round") == values.get("tuner/bracket"))
