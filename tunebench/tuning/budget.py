"""A limit on the wall time of the whole command, with the final trainings' share held back."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from tunebench.records import TrialRecord
from tunebench.tuning.trial import best_of

# No training takes exactly what the last one took.
_MARGIN = 1.15
# A final training is also saved, loaded into memory and written down.
_EXTRA_SECONDS = 2.0


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
        if best is None:
            return 0.0
        cost = _Cost(best)
        # A trial of Hyperband's first rounds trains a few epochs; its final training does not.
        epochs = self.epochs if "tuner/epochs" in best.hyperparameters else cost.epochs
        return self.num_finals * (_MARGIN * cost.of(epochs) + self._aside(best))

    def allows_another(self, finished: Sequence[TrialRecord], at_once: int = 1) -> bool:
        """Whether another trial is likely to end in time; the first one always begins.

        Args:
            finished: The finished trials, in the order they ended.
            at_once: How many run at once: a trial takes so many times what lies between two ends.
        """
        if not finished:
            return True
        ends = [record.elapsed_seconds for record in finished]
        # With the frozen features, where they were computed; of the first trial, not the start-up before it.
        took = [_Cost(finished[0]).in_all, *(at_once * (end - before) for before, end in pairwise(ends))]
        return median(took) <= self.left() - self.held_back(finished)

    def is_over(self, finished: Sequence[TrialRecord], training_seconds: float) -> bool:
        """Whether a trial that is being trained has to end now.

        Args:
            finished: The finished trials.
            training_seconds: What one training of the running trial takes. It may become the best: then the
                final trainings take as long.
        """
        if_best = self.num_finals * (_MARGIN * training_seconds + _EXTRA_SECONDS)
        return self.left() <= max(self.held_back(finished), if_best)

    def affordable_epochs(self, best: TrialRecord) -> int | None:
        """How many epochs of each final training the rest of the time allows; ``None``: all of them."""
        cost = _Cost(best)
        for_each = (self.left() / self.num_finals - self._aside(best)) / _MARGIN
        epochs = (for_each - cost.setup) / cost.per_epoch if cost.per_epoch > 0 else math.inf
        return None if epochs >= self.epochs else max(1, math.floor(epochs))

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
        """The same as of now, for another process: what is left of the time, and the best trial so far."""
        best = best_of(self.finished)
        left = replace(self.budget, seconds=self.budget.left(), began=0.0, now=time.monotonic)
        return TimeLimit(left, [] if best is None else [best])

    def unpacked(self) -> "TimeLimit":
        """What was packed, its time running from now on by this machine's clock."""
        return replace(self, budget=replace(self.budget, began=self.budget.now()))


class _Cost:
    """What one training of a trial cost.

    Attributes:
        in_all: Seconds of all its trainings.
        setup: Seconds before the first epoch.
        per_epoch: Seconds an epoch, validation included.
        epochs: Epochs trained.
    """

    def __init__(self, record: TrialRecord) -> None:
        spent, trainings = record.seconds, max(1, len(record.trainings))
        epochs = sum(training.epochs for training in record.trainings) or record.epochs
        self.in_all = spent.setup + spent.fit + spent.evaluate
        self.setup = spent.setup / trainings
        self.per_epoch = (spent.fit + spent.evaluate) / max(1, epochs)
        self.epochs = math.ceil(epochs / trainings)

    def of(self, epochs: int) -> float:
        """Seconds of a training of so many epochs."""
        return self.setup + epochs * self.per_epoch
