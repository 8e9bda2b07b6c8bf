"""A limit on the wall time of the whole command, with the final trainings' share held back."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tunebench.records import TrialRecord

# A final training also saves, tests and writes; and no training takes exactly what the last one took.
_FINAL_MARGIN = 1.15


@dataclass
class Budget:
    """How long a search may go on.

    Attributes:
        seconds: Wall time for the whole command.
        began: When the command began, by ``now``.
        num_finals: Final trainings that follow the search.
        now: The clock, in seconds.
    """

    seconds: float
    began: float
    num_finals: int
    now: Callable[[], float] = time.monotonic

    def left_for_search(self, finished: Sequence[TrialRecord]) -> float:
        """Seconds until the final trainings have to begin; negative when they should have begun."""
        return self.seconds - (self.now() - self.began) - self.held_back(finished)

    def held_back(self, finished: Sequence[TrialRecord]) -> float:
        """Seconds that the final trainings will need: as many trainings like the best trial's.

        A final training trains on the same images, for as many epochs, with the same patience. Its features
        are in memory or in the cache by then.
        """
        scored = [record for record in finished if record.score is not None]
        if not scored:
            return 0.0
        best = max(scored, key=lambda record: record.score or 0.0)
        return _FINAL_MARGIN * self.num_finals * trained(best) / max(1, len(best.scores))

    def allows_another(self, finished: Sequence[TrialRecord]) -> bool:
        """Whether another trial is likely to end in time; the first one always begins."""
        if not finished:
            return True
        return median(trained(record) for record in finished) <= self.left_for_search(finished)

    def is_over(self, finished: Sequence[TrialRecord], trial_seconds: float) -> bool:
        """Whether a trial that is being trained has to end now.

        Args:
            finished: The finished trials.
            trial_seconds: What the running trial took so far. Where it is the first one, the final trainings
                will take as long: then it may have one part of what all of them have together.
        """
        if finished:
            return self.left_for_search(finished) <= 0
        left = self.seconds - (self.now() - self.began)
        return left <= _FINAL_MARGIN * self.num_finals * trial_seconds


def trained(record: TrialRecord) -> float:
    """Seconds a trial spent on training and validation; frozen features are computed once for many."""
    spent = record.seconds
    return spent.setup + spent.fit + spent.evaluate
