"""A limit on the wall time of the whole command, with time for the final trainings reserved."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, median

from tunebench.progress import duration
from tunebench.records import TrialRecord
from tunebench.tuning.task import best_of, ranked

# A final training is also saved, loaded into memory and recorded.
_EXTRA_SECONDS = 2.0
# A smaller share of the budget than this is left unused.
_WORTH_A_TRIAL = 0.04
# The command may overrun the budget by this share of it.
_TOLERANCE = 0.05
# A better trial wins although its final trainings do not fit, if this share of its epochs does: a decaying
# learning rate then decays faster, which costs less than another trial's accuracy.
_ENOUGH_EPOCHS = 0.5
# Confirming the winner may keep this share of the budget from further trials; if it would need more, it gets
# what they leave.
_AGAIN_SHARE = 0.25
# Of the setup of a process' first training, the share that later trainings need too.
_FIRST_SETUP = 0.7


@dataclass
class Budget:
    """How long a search may run.

    Attributes:
        seconds: Wall time for the whole command; infinite if there is no limit.
        began: When the command began, by ``now``.
        num_finals: Final trainings that follow the search.
        num_again: Trainings that confirm the winner before them.
        epochs: Maximum epochs of a final training.
        test_share: Test images per training image; each final training predicts all of them.
        refit_share: Images of a final training per image of a trial.
        pooled_share: Validation images per training image, if final trainings also train on some of them and
            therefore need all their views.
        now: The clock, in seconds.
    """

    seconds: float
    began: float
    num_finals: int
    epochs: int
    test_share: float
    num_again: int = 0
    refit_share: float = 1.0
    pooled_share: float = 0.0
    now: Callable[[], float] = time.monotonic

    def left(self) -> float:
        """Seconds until the command should end; negative if it should have ended."""
        return self.seconds - (self.now() - self.began)

    def overrun(self) -> str | None:
        """A sentence if the command took notably longer than it should."""
        over = -self.left()
        if over <= _TOLERANCE * self.seconds:
            return None
        return (
            f"The command took {duration(self.seconds + over)} instead of {duration(self.seconds)}: reading "
            "the data, one trial and the final trainings of one epoch are the least that a search does."
        )

    def reserved(self, finished: Sequence[TrialRecord]) -> float:
        """Seconds of the best trial's final trainings and, if it is short enough, its confirmation."""
        each = self._seconds_of_a_final(finished)
        # A trial that is stopped for them ends a little late.
        again = self.num_again * (self._seconds_of_again(finished) + _EXTRA_SECONDS)
        return self.num_finals * each + (again if again <= _AGAIN_SHARE * self.seconds else 0.0)

    def expected(self, finished: Sequence[TrialRecord]) -> float:
        """About how many seconds confirming the winner and its final trainings take, as the best trials did.

        A confirmation repeats all trainings of a trial, and nothing is kept. 0 without a complete trial.
        """
        best = ranked(finished)[: max(1, self.num_again)]
        if not best:
            return 0.0
        finals = fmean(self._seconds_of_finals(record, finished) for record in best)
        again = _repeats(best[0]) * (finals / self.num_finals - _EXTRA_SECONDS)
        return finals + self.num_again * again

    def allows_again(self, number: int, finished: Sequence[TrialRecord]) -> bool:
        """Whether so many confirmations, one after another, fit before the final trainings."""
        return number * self._seconds_of_again(finished) <= self.left_for_trials(finished)

    def left_for_trials(self, finished: Sequence[TrialRecord]) -> float:
        """Seconds until the final trainings should start; negative if they should have started."""
        return self.left() - self.reserved(finished)

    def allows_another(self, finished: Sequence[TrialRecord], at_once: int = 1) -> bool:
        """Whether another trial starts; the first one always does.

        It starts if a trial as short as the shortest would end in time, and also if much time is left: it may
        be shorter than all before it, and nothing else can use the time. :meth:`is_over` stops it.

        Args:
            finished: The finished trials, in the order they ended.
            at_once: Number of trials that run at once, by which the time between two ends is multiplied.
        """
        if not finished:
            return True
        first = finished[0].seconds
        ends = [record.elapsed_seconds for record in finished]
        # The first trial without the start-up before it; later ones with the frozen features they computed.
        took = [
            first.setup + first.fit + first.evaluate,
            *(at_once * (end - before) for before, end in pairwise(ends)),
        ]
        left = self.left_for_trials(finished)
        return left > 0 and left >= min(*took, _WORTH_A_TRIAL * self.seconds)

    def is_over(self, finished: Sequence[TrialRecord], training_seconds: float) -> bool:
        """Whether the running trial must stop now.

        Args:
            finished: The finished trials.
            training_seconds: How long one training of the running trial has taken. If it is the only trial,
                each final training will take as long.
        """
        if best_of(finished) is None:
            return self.left() <= self.num_finals * (training_seconds + _EXTRA_SECONDS)
        return self.left_for_trials(finished) <= 0

    def affordable(self, finished: Sequence[TrialRecord]) -> list[TrialRecord]:
        """The trials for whose final trainings enough time remains, the best first.

        :meth:`affordable_epochs` shortens them, down to half of the trial's epochs. If no trial's fit, it is
        the best of all, with whatever epochs remain.
        """
        best_first = ranked(finished)
        return [record for record in best_first if self._fits(record, finished)] or best_first[:1]

    def affordable_epochs(self, best: TrialRecord, finished: Sequence[TrialRecord]) -> int | None:
        """The epochs of each final training that the remaining time allows; ``None`` if all of them fit."""
        per_epoch = self.refit_share * _cost(best)[1]
        left = self._left_with_tolerance() / self.num_finals - self._besides_training(best)
        epochs = (left - _setup(best, finished)) / per_epoch if per_epoch > 0 else math.inf
        # A little more, against rounding errors.
        return None if epochs >= self.epochs else max(1, math.floor(epochs + 1e-6))

    def _seconds_of_a_final(self, finished: Sequence[TrialRecord]) -> float:
        """Of the best trial; 0 without one."""
        best = best_of(finished)
        return 0.0 if best is None else self._seconds_of_finals(best, finished) / self.num_finals

    def _seconds_of_again(self, finished: Sequence[TrialRecord]) -> float:
        """Of a confirmation, which repeats all trainings of a trial and keeps nothing; 0 without one."""
        best = best_of(finished)
        each = self._seconds_of_a_final(finished) - _EXTRA_SECONDS
        return 0.0 if best is None else _repeats(best) * each

    def _fits(self, record: TrialRecord, finished: Sequence[TrialRecord]) -> bool:
        if self._seconds_of_finals(record, finished) <= self._left_with_tolerance():
            return True
        epochs = self.affordable_epochs(record, finished)
        return epochs is None or epochs >= _ENOUGH_EPOCHS * _cost(record)[0]

    def _left_with_tolerance(self) -> float:
        return self.left() + _TOLERANCE * self.seconds

    def _seconds_of_finals(self, best: TrialRecord, finished: Sequence[TrialRecord]) -> float:
        """Seconds that the final trainings of a trial will need."""
        epochs, per_epoch = _cost(best)
        # Trials of Hyperband's first rounds train a few epochs; a final training trains all.
        if "tuner/epochs" in best.hyperparameters:
            epochs = self.epochs
        training = _setup(best, finished) + epochs * self.refit_share * per_epoch
        return self.num_finals * (training + self._besides_training(best))

    def _besides_training(self, best: TrialRecord) -> float:
        """Seconds of a final training beside its fit, most of them for the frozen features of test images."""
        views = best.hyperparameters.get("views", 1)
        # A hyperparameter of the user's may have that name.
        if not isinstance(views, int) or views < 1:
            views = 1
        # Those of validation images are computed once for all final trainings.
        share = self.test_share + (views - 1) * self.pooled_share / self.num_finals
        return _EXTRA_SECONDS + best.seconds.prefix / views * share


@dataclass(frozen=True)
class TimeLimit:
    """Whether the running trial must stop, given the finished trials.

    Attributes:
        budget: The limit.
        finished: The finished trials; the list may grow.
    """

    budget: Budget
    finished: Sequence[TrialRecord]

    def __call__(self, training_seconds: float) -> bool:
        """Whether the trial must stop if one training of it has taken this long."""
        return self.budget.is_over(self.finished, training_seconds)

    def packed(self) -> "TimeLimit":
        """A copy for another process: the time left now, and the trials finished so far."""
        left = replace(self.budget, seconds=self.budget.left(), began=0.0, now=time.monotonic)
        return TimeLimit(left, [*self.finished])

    def unpacked(self) -> "TimeLimit":
        """A packed copy whose time runs from now on, by this machine's clock."""
        return replace(self, budget=replace(self.budget, began=self.budget.now()))


def _repeats(record: TrialRecord) -> int:
    return max(1, len(record.trainings))


def _cost(record: TrialRecord) -> tuple[int, float]:
    """The epochs of one training of a trial, and the seconds of an epoch, validation included."""
    epochs = sum(training.epochs for training in record.trainings) or record.epochs
    per_epoch = (record.seconds.fit + record.seconds.evaluate) / max(1, epochs)
    return math.ceil(epochs / _repeats(record)), per_epoch


def _setup(record: TrialRecord, finished: Sequence[TrialRecord]) -> float:
    """Seconds before the first epoch of one training of a trial, corrected for the start of the process."""
    setup = record.seconds.setup / _repeats(record)
    if record.trial_id != finished[0].trial_id:
        return setup
    others = [other.seconds.setup / _repeats(other) for other in finished[1:]]
    return min(setup, median([_FIRST_SETUP * setup, *others]))
