"""Stop trials that learn nothing, and trials that fall behind earlier ones: the median rule.

After each epoch a trial is compared with what the earlier ones had reached by then; below their median, it is
stopped. Golovin et al., Google Vizier: A Service for Black-Box Optimization, KDD 2017, section 3.2. Unlike
there, both sides are the best epochs so far, as a trial's score is that of its best epoch. How the figures
below were chosen: ``docs/decisions/0004``.
"""

import math
from itertools import accumulate
from statistics import median

from tunebench.objectives import ACCURACY, Objective
from tunebench.records import TrialRecord

# Earlier trials needed before one is stopped: the median of fewer is too noisy.
NUM_COMPARED = 3
# A trial trains this share of the epochs before it is compared: earlier epochs say little about the end.
_FREE_SHARE = 0.2
# After a tenth of the epochs, and at least this many, a trial must be better than chance.
_FREE_EPOCHS = 3


class Curves:
    """The best score so far of one trial after another, by epoch.

    Args:
        epochs: Maximum epochs of a trial.
        chance: See :meth:`Objective.chance_level`; −∞ if trials that learn nothing are not stopped.
        objective: What is scored.
    """

    def __init__(self, epochs: int, chance: float = -math.inf, objective: Objective = ACCURACY) -> None:
        self._epochs = epochs
        self._chance = chance
        self._objective = objective
        # For each epoch, the best score so far of every trial that reached it.
        self._reached: list[list[float]] = [[] for _ in range(epochs)]
        self._complete: list[list[float]] = []

    def add(self, record: TrialRecord) -> None:
        """Add a finished trial; one without a finished epoch has no curve."""
        curve = self._best_so_far(record)
        # The curve of a stopped trial is shorter.
        for reached, best in zip(self._reached, curve, strict=False):
            reached.append(best)
        if curve and record.status == "completed":
            self._complete.append(curve)

    def floors(self) -> tuple[float, ...]:
        """The best score that the next trial must have reached, by epoch.

        Returns:
            A score for each epoch; −∞ if the trial is not compared there.
        """
        return tuple(
            max(self._least(epoch), self._median(epoch, reached))
            for epoch, reached in enumerate(self._reached, start=1)
        )

    def _least(self, epoch: int) -> float:
        return self._chance if epoch > max(_FREE_EPOCHS, self._epochs / 10) else -math.inf

    def _median(self, epoch: int, reached: list[float]) -> float:
        compared = epoch >= _FREE_SHARE * self._epochs and len(reached) >= NUM_COMPARED
        return median(reached) if compared else -math.inf

    def expected_score(self, record: TrialRecord) -> float | None:
        """Estimate what a pruned trial would have scored at its last epoch.

        Its score grows by the median gain of complete trainings after the epoch where it was stopped: a
        proportion by their factor, a loss, whose score is negative, by their difference.

        Args:
            record: The trial.

        Returns:
            Of proportions from 0 to 1. The trial's own score if it was not pruned or there is no complete
            training, and ``None`` if it has none.
        """
        score = record.score
        if score is None or record.status != "pruned" or not 0 < record.epochs <= self._epochs:
            return score
        ends = [(curve[record.epochs - 1], curve[-1]) for curve in self._complete]
        if self._objective.is_proportion:
            factors = [end / then for then, end in ends if then > 0]
            return min(1.0, score * median(factors)) if factors else score
        gains = [end - then for then, end in ends if then > -math.inf]
        return score + median(gains) if gains else score

    def _best_so_far(self, record: TrialRecord) -> list[float]:
        """A trial's best score by epoch.

        A completed trial keeps its best in later epochs. A stopped one has none there: what it would have
        reached is unknown.
        """
        values = record.history.get(self._objective.metric, [])
        scores = (-math.inf if value is None else self._objective.score(value) for value in values)
        curve = list(accumulate(scores, max))
        if curve and record.status == "completed":
            curve += curve[-1:] * (self._epochs - len(curve))
        return curve
