"""Ask an oracle for trials, hand them to an executor and keep the ledger."""

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tunebench import seeds
from tunebench.errors import SearchError
from tunebench.fitting.fit import OBJECTIVE
from tunebench.progress import Progress, duration
from tunebench.records import HyperparameterValue, TrialRecord
from tunebench.tuning import states
from tunebench.tuning.budget import Budget
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.trial import Executor, TrialTask, best_of

_TUNER_ID = "driver"
# When as many trials failed and none succeeded, the next will fail as well.
_HOPELESS = 5


@dataclass
class Driver:
    """One search.

    Attributes:
        oracle: A new ``keras_tuner.Oracle``; trials of the ledger are replayed into it.
        executor: Runs the trials.
        ledger: Gets a line per finished trial.
        limit: Trials at most; ``None`` leaves the end to the oracle.
        epochs: Epochs of a trial, where the oracle does not say.
        seed: Every trial's seed is derived from it.
        states: Folder for the states of trials that may be promoted; ``None`` where there are none.
        declare: Builds a model, so that its hyperparameters become known (see :meth:`_replay`).
        progress: Told what happens.
        elapsed_before: Seconds that this session spent before the first trial.
        budget: Limits the time of the command; ``None``: nothing does.
    """

    oracle: Any
    executor: Executor
    ledger: Ledger
    limit: int | None
    epochs: int
    seed: int
    states: Path | None
    declare: Callable[[Any], None]
    progress: Progress
    elapsed_before: float = 0.0
    budget: Budget | None = None

    def run(self) -> list[TrialRecord]:
        """Replay the ledger, then run trials until the limit or the oracle ends the search.

        Returns:
            The finished trials, those of earlier sessions included.

        Raises:
            SearchError: The ledger does not match what the oracle proposes, or all trials fail.
        """
        earlier = deque(self.ledger.records)
        before = earlier[-1].elapsed_seconds if earlier else 0.0
        began = time.monotonic()
        while (self.limit is None or len(self.oracle.start_order) < self.limit) and self._has_time(earlier):
            trial = self.oracle.create_trial(_TUNER_ID)
            if trial.status != "RUNNING":
                self._forget_states()
                break
            if earlier:
                self._replay(trial, earlier.popleft())
                continue
            record = self._run(trial, lambda: before + self.elapsed_before + time.monotonic() - began)
            if record.status == "pruned" and best_of(self.ledger.records) is not None:
                # Not a result: a search that goes on later trains it whole, as if nothing had been.
                self.progress.note(f"The time is up: trial {record.trial_id} was stopped and is not counted.")
                break
            if record.status == "pruned":
                self.progress.note("The time is up: this trial was stopped early, but there is no other.")
            self.ledger.append(record)
            self._tell(trial, record)
            best = best_of(self.ledger.records)
            self.progress.finish(_result(record), None if best is None else best.score)
            self._check_hope()
        return self.ledger.records

    def _has_time(self, earlier: Sequence[TrialRecord]) -> bool:
        """Whether there is time for another trial; finished ones are replayed in no time."""
        if earlier or self.budget is None or self.budget.allows_another(self.ledger.records):
            return True
        self.progress.note("The rest of the time is needed for the final trainings.")
        return False

    def _run(self, trial: Any, elapsed: Callable[[], float]) -> TrialRecord:
        values = plain(trial.hyperparameters.values)
        self.progress.step(f"trial {len(self.oracle.start_order)}", describe(values))
        started_at = datetime.now().astimezone().isoformat(timespec="seconds")
        task = self._task(trial, values)
        outcome = self.executor.run(task)
        return TrialRecord(
            trial_id=trial.trial_id,
            status=outcome.status,
            message=outcome.message,
            hyperparameters=plain(trial.hyperparameters.values),
            score=outcome.score,
            scores=outcome.scores,
            epochs=outcome.epochs,
            history=outcome.history,
            trainings=outcome.trainings,
            started_at=started_at,
            elapsed_seconds=elapsed(),
            seconds=outcome.seconds,
            parameters=outcome.parameters,
            seed=task.seed,
            worker=self.executor.worker,
            declared=self._declared_by(trial),
        )

    def _declared_by(self, trial: Any) -> list[str]:
        """Hyperparameters that the oracle did not know before this trial's build, active or not."""
        known = {hp.name for hp in self.oracle.hyperparameters.space}
        return [hp.name for hp in trial.hyperparameters.space if hp.name not in known]

    def _task(self, trial: Any, values: Mapping[str, Any]) -> TrialTask:
        """Hyperband says in hyperparameters of its own how long to train and which trial to go on from."""
        if self.states is not None:
            states.drop_unneeded(self.states, self.oracle)
        parent = values.get("tuner/trial_id")
        load_state = self._state(parent) if parent else None
        continued = load_state is not None and load_state.exists()
        return TrialTask(
            trial_id=trial.trial_id,
            hyperparameters=trial.hyperparameters,
            seed=seeds.derive(self.seed, "trial", self._first_ancestor(trial.trial_id)),
            epochs=values.get("tuner/epochs", self.epochs),
            # Without the parent's state the trial trains all its epochs itself, to the same end.
            first_epoch=values.get("tuner/initial_epoch", 0) if continued else 0,
            load_state=load_state if continued else None,
            save_state=None if _is_last_round(values) else self._state(trial.trial_id),
            must_end=self._must_end,
        )

    def _must_end(self, training_seconds: float) -> bool:
        return self.budget is not None and self.budget.is_over(self.ledger.records, training_seconds)

    def _state(self, trial_id: str) -> Path | None:
        return None if self.states is None else states.state_path(self.states, trial_id)

    def _forget_states(self) -> None:
        """When the oracle has nothing left to propose, nothing will be promoted."""
        if self.states is not None:
            states.forget(self.states)

    def _first_ancestor(self, trial_id: str) -> str:
        """A promoted trial goes on with the random numbers of the trial that it continues."""
        parent = self.oracle.trials[trial_id].hyperparameters.values.get("tuner/trial_id")
        return self._first_ancestor(parent) if parent else trial_id

    def _replay(self, trial: Any, record: TrialRecord) -> None:
        """Answer a proposal from the ledger."""
        values = plain(trial.hyperparameters.values)
        if record.declared:
            # When the trial ran, its build declared hyperparameters that the oracle had not known.
            self.declare(trial.hyperparameters)
            values = plain(trial.hyperparameters.values)
        if values != record.hyperparameters:
            raise SearchError(
                f"Trial {record.trial_id} in {self.ledger.path} has other hyperparameters than this search "
                "proposes for it. Use the settings it was begun with, another --runs-dir, or --fresh."
            )
        self._tell(trial, record)

    def _tell(self, trial: Any, record: TrialRecord) -> None:
        if record.score is None:
            trial.status, trial.message = "FAILED", record.message
        else:
            self.oracle.update_trial(trial.trial_id, {OBJECTIVE: record.score})
            trial.status = "COMPLETED"
        self.oracle.end_trial(trial)

    def _check_hope(self) -> None:
        records = self.ledger.records
        if len(records) < _HOPELESS or best_of(records) is not None:
            return
        reason, count = Counter(record.message for record in records).most_common(1)[0]
        raise SearchError(
            f"All {len(records)} trials failed, {count} of them because {reason}. "
            "Mend the space or its ranges, then run the command again with --fresh."
        )


def _is_last_round(values: Mapping[str, Any]) -> bool:
    """Whether a Hyperband trial is in its bracket's last round, after which nothing is promoted."""
    return bool(values.get("tuner/round") == values.get("tuner/bracket"))


def plain(values: Mapping[str, Any]) -> dict[str, HyperparameterValue]:
    """Hyperparameter values as Python's own types, as they come back from JSON."""
    return {name: value.item() if hasattr(value, "item") else value for name, value in values.items()}


def describe(values: Mapping[str, Any]) -> str:
    """Hyperparameters in one line, Keras Tuner's own left out."""
    own = (name for name in values if not name.startswith("tuner/"))
    return ", ".join(
        f"{name}={values[name]:.3g}" if isinstance(values[name], float) else f"{name}={values[name]}"
        for name in own
    )


def _result(record: TrialRecord) -> str:
    spent = record.seconds
    # The prefix is left out: its recorded cost is the same in each trial, and was paid once.
    took = duration(spent.setup + spent.fit + spent.evaluate)
    if record.score is None:
        return f"failed after {took}: {record.message}"
    return f"val. accuracy {record.score:.4f} in {record.epochs} epochs, {took}"
