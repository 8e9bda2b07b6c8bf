"""A limit on the wall time of the whole command, with the final trainings' share held back."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from tunebench.records import TrialRecord
from tunebench.tuning.cost import TrainingCost
from tunebench.tuning.task import best_of

# A final training is also saved, loaded into memory and written down.
_EXTRA_SECONDS = 2.0
# What remains of the budget is left alone where it is a smaller part than this.
_WORTH_A_TRIAL = 0.04
# So much later than planned, as a part of the budget, the command may end.
_TOLERANCE = 0.05
# A process' first training also pays for what later ones find loaded.
_FIRST_SETUP = 0.7


@dataclass
class Budget:
    """How long a search may go on.

    Attributes:
        seconds: Wall time for the whole command.
        began: When the command began, by ``now``.
        num_finals: Final trainings that follow the search.
        epochs: Epochs of a final training at most.
        test_share: Test images per training image: each final passes them through the whole model.
        now: The clock, in seconds.
    """

    seconds: float
    began: float
    num_finals: int
    epochs: int
    test_share: float
    now: Callable[[], float] = time.monotonic

    def left(self) -> float:
        """Seconds until the command has to end; negative when it should have."""
        return self.seconds - (self.now() - self.began)

    def held_back(self, finished: Sequence[TrialRecord]) -> float:
        """Seconds that the final trainings of the best trial will need."""
        best = best_of(finished)
        return 0.0 if best is None else self._finals_of(best, finished)

    def left_for_trials(self, finished: Sequence[TrialRecord]) -> float:
        """Seconds until the final trainings have to begin; negative when they should have."""
        return self.left() - self.held_back(finished)

    def allows_another(self, finished: Sequence[TrialRecord], at_once: int = 1) -> bool:
        """Whether another trial begins; the first one always does.

        It does where one as short as the shortest would end in time, and also where much time is left: it
        may end earlier than all before it, and nothing else can use the time. :meth:`is_over` ends it.

        Args:
            finished: The finished trials, in the order they ended.
            at_once: How many run at once: a trial takes so many times what lies between two ends.
        """
        if not finished:
            return True
        ends = [record.elapsed_seconds for record in finished]
        # With the frozen features, where they were computed; of the first trial, not the start-up before it.
        took = [
            TrainingCost.of(finished[0]).in_all,
            *(at_once * (end - before) for before, end in pairwise(ends)),
        ]
        for_a_trial = self.left_for_trials(finished)
        return for_a_trial > 0 and for_a_trial >= min(*took, _WORTH_A_TRIAL * self.seconds)

    def is_over(self, finished: Sequence[TrialRecord], training_seconds: float) -> bool:
        """Whether a trial that is being trained has to end now.

        Args:
            finished: The finished trials.
            training_seconds: What one training of the running trial takes. Where there is no other trial, the
                final trainings take as long.
        """
        if best_of(finished) is None:
            return self.left() <= self.num_finals * (training_seconds + _EXTRA_SECONDS)
        return self.left_for_trials(finished) <= 0

    def choose(self, finished: Sequence[TrialRecord]) -> TrialRecord | None:
        """The best trial of those whose final trainings fit into the rest of the time.

        Where none fits it is the best of all, and :meth:`affordable_epochs` shortens its final trainings.

        Returns:
            The trial; ``None`` where none has a score.
        """
        time_left = self._left_with_tolerance()
        fitting = [
            record
            for record in finished
            if record.score is not None and self._finals_of(record, finished) <= time_left
        ]
        return best_of(fitting) or best_of(finished)

    def affordable_epochs(self, best: TrialRecord, finished: Sequence[TrialRecord]) -> int | None:
        """How many epochs of each final training the rest of the time allows; ``None``: all of them."""
        cost = TrainingCost.of(best)
        for_each = self._left_with_tolerance() / self.num_finals - self._aside(best)
        epochs = (for_each - _setup(best, finished)) / cost.per_epoch if cost.per_epoch > 0 else math.inf
        # A little more, for what was added up and taken apart again.
        return None if epochs >= self.epochs else max(1, math.floor(epochs + 1e-6))

    def _left_with_tolerance(self) -> float:
        return self.left() + _TOLERANCE * self.seconds

    def _finals_of(self, best: TrialRecord, finished: Sequence[TrialRecord]) -> float:
        """Seconds that the final trainings of a trial will need."""
        cost = TrainingCost.of(best)
        # A trial of Hyperband's first rounds trains a few epochs; its final training does not.
        epochs = self.epochs if "tuner/epochs" in best.hyperparameters else cost.epochs
        training = _setup(best, finished) + epochs * cost.per_epoch
        return self.num_finals * (training + self._aside(best))

    def _aside(self, best: TrialRecord) -> float:
        """What a final needs beside its training: above all, the test images' way through a frozen prefix."""
        views = int(best.hyperparameters.get("views", 1))
        return _EXTRA_SECONDS + best.seconds.prefix / views * self.test_share


@dataclass(frozen=True)
class TimeLimit:
    """Whether a trial that is being trained has to end, given the trials that have finished.

    Attributes:
        budget: The limit.
        finished: The finished trials; a list that grows is looked at anew each time.
    """

    budget: Budget
    finished: Sequence[TrialRecord]

    def __call__(self, training_seconds: float) -> bool:
        """Whether it has to end, where one training of it takes so many seconds."""
        return self.budget.is_over(self.finished, training_seconds)

    def packed(self) -> "TimeLimit":
        """The same as of now, for another process: what is left of the time, and the trials so far."""
        left = replace(self.budget, seconds=self.budget.left(), began=0.0, now=time.monotonic)
        return TimeLimit(left, [*self.finished])

    def unpacked(self) -> "TimeLimit":
        """What was packed, its time running from now on by this machine's clock."""
        return replace(self, budget=replace(self.budget, began=self.budget.now()))


def _setup(record: TrialRecord, finished: Sequence[TrialRecord]) -> float:
    """Seconds before the first epoch of a training like a trial's; the first trial's own are too many."""
    own = TrainingCost.of(record).setup
    if record.trial_id != finished[0].trial_id:
        return own
    return min(own, median([_FIRST_SETUP * own, *(TrainingCost.of(other).setup for other in finished[1:])]))
