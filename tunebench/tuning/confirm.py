"""Train the best trials again with another seed before one of them wins.

The best of many scores is partly luck: with 800 validation images, one score has a standard error of 1.7
points. Of the few trials that may well be the best, the mean of two scores is a better ground for the choice.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import keras_tuner

from tunebench import seeds
from tunebench.objectives import OBJECTIVES, Objective
from tunebench.options import SearchOptions
from tunebench.progress import Estimate, Progress
from tunebench.records import TrialRecord
from tunebench.tuning.budget import Budget, TimeLimit
from tunebench.tuning.driver import now
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.task import Executor, TrialTask, of_the_model, record_of
from tunebench.tuning.trial_text import result


def contenders(
    best_first: Sequence[TrialRecord], most: int, images_per_class: Sequence[int], objective: Objective
) -> list[TrialRecord]:
    """The best trial, and those within two standard errors of it; for a loss simply the best ones.

    Args:
        best_first: Trials with a score, the best first; at least one.
        most: The most to return.
        images_per_class: Validation images of each class, on which the error of a score depends.
        objective: What was scored.
    """
    best = best_first[0].score or 0.0
    least = best - 2 * objective.standard_error(best, images_per_class)
    return [each for each in best_first[:most] if (each.score or 0.0) >= least]


@dataclass
class Confirmation:
    """The trainings that confirm a winner.

    Attributes:
        executor: Runs them.
        ledger: ``confirmations.jsonl``: a line per training, with its trial's number.
        options: Of the search.
        progress: Receives progress events.
        budget: Limits the time of the command; optional.
        afterwards: About how many seconds the final trainings take.
    """

    executor: Executor
    ledger: Ledger
    options: SearchOptions
    progress: Progress
    budget: Budget | None = None
    afterwards: float = 0.0

    def run(
        self, candidates: Sequence[TrialRecord], finished: Sequence[TrialRecord]
    ) -> dict[str, list[float]]:
        """Train the trials that may be the best again, unless an earlier command did.

        Args:
            candidates: These trials, the one with the highest score first.
            finished: All finished trials, in the order they ended.

        Returns:
            The scores of each candidate, the winner first. Without time for all, the best one alone.
        """
        if len(candidates) < 2:  # noqa: PLR2004 (there is a choice)
            return {each.trial_id: [each.score or 0.0] for each in candidates}
        kept = {record.trial_id: record for record in self.ledger.records}
        waiting = [each for each in candidates if each.trial_id not in kept]
        objective = OBJECTIVES[self.options.objective]
        done = len(candidates) - len(waiting)
        time_left = None if self.budget is None else self.budget.left
        estimate = Estimate(len(candidates), done, time_left, lambda: self.afterwards)
        self.progress.begin("confirmation", estimate)
        try:
            if self._all_fit(waiting, finished):
                kept |= self._train(waiting, finished)
        finally:
            self.progress.end()
        if any(each.trial_id not in kept for each in candidates):
            self.progress.note("There is no time left to train the best trials again: the best score wins.")
            return {candidates[0].trial_id: [candidates[0].score or 0.0]}
        scores = {each.trial_id: [each.score or 0.0, kept[each.trial_id].score or 0.0] for each in candidates}
        # Stable: of two equal trials, the one with the higher first score comes first.
        best_first = dict(sorted(scores.items(), key=lambda item: -fmean(item[1])))
        highest, winner = next(iter(scores)), next(iter(best_first))
        if winner != highest:
            first, best = (
                " and ".join(f"{objective.score(each):.4f}" for each in scores[trial])
                for trial in (highest, winner)
            )
            self.progress.note(f"Trial {winner} wins ({best}) against trial {highest} ({first}).")
        return best_first

    def _train(
        self, waiting: Sequence[TrialRecord], finished: Sequence[TrialRecord]
    ) -> dict[str, TrialRecord]:
        done: dict[str, TrialRecord] = {}
        objective = OBJECTIVES[self.options.objective]
        running: dict[str, tuple[TrialTask, str]] = {}
        queue = list(waiting)
        # The search ended with its last trial.
        elapsed = finished[-1].elapsed_seconds
        while queue or running:
            while queue and len(running) < self.executor.workers:
                task = self._task(queue.pop(0), finished)
                running[task.trial_id] = task, now()
                self.progress.step(task.name, objective=objective)
                self.executor.submit(task)
            if not running:
                break
            ended = self.executor.wait()
            task, started_at = running.pop(ended.trial_id)
            record = record_of(task, ended, started_at=started_at, elapsed_seconds=elapsed)
            if record.status == "cut":
                queue = []
                continue
            self.ledger.append(record)
            done[task.trial_id] = record
            self.progress.finish(result(record, objective), None, task.name)
        return done

    def _task(self, trial: TrialRecord, finished: Sequence[TrialRecord]) -> TrialTask:
        hp = keras_tuner.HyperParameters()
        hp.values = of_the_model(trial.hyperparameters)
        return TrialTask(
            trial_id=trial.trial_id,
            name=f"trial {trial.trial_id} again",
            hyperparameters=hp,
            seed=seeds.derive(trial.seed, "confirmation"),
            epochs=self.options.epochs,
            must_end=None if self.budget is None else TimeLimit(self.budget, finished),
        )

    def _all_fit(self, waiting: Sequence[TrialRecord], finished: Sequence[TrialRecord]) -> bool:
        """Whether the time allows all of these trainings: some of them would not decide anything."""
        if self.budget is None:
            return True
        return self.budget.allows_again(math.ceil(len(waiting) / self.executor.workers), finished)
