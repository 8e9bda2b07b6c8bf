"""Stop trials that learn nothing, and trials that fall behind earlier ones: the median rule.

After each epoch a trial is compared with what the earlier ones had reached by then; below their median, it is
stopped. Golovin et al., Google Vizier: A Service for Black-Box Optimization, KDD 2017, section 3.2. Unlike
there, both sides are the best epochs so far, as a trial's score is that of its best epoch. How the figures
below were chosen: ``docs/decisions/0004``.
"""

import math
from itertools import accumulate
from statistics import median

from tunebench.fitting.callbacks import OBJECTIVE
from tunebench.records import TrialRecord

# Earlier trials needed before one is stopped: the median of fewer is too noisy.
NUM_COMPARED = 3
# A trial trains this share of the epochs before it is compared: earlier epochs say little about the end.
_FREE_SHARE = 0.2
# After a tenth of the epochs, and at least this many, a trial must be better than chance.
_FREE_EPOCHS = 3


def chance_level(labels_per_class: list[int]) -> float:
    """The accuracy, from 0 to 1, that a trial exceeds if it has learned anything.

    That of always naming the commonest class, and two standard errors of it.

    Args:
        labels_per_class: Validation images of each class; at least one image.
    """
    number = sum(labels_per_class)
    share = max(labels_per_class) / number
    return min(1.0, share + 2 * math.sqrt(share * (1 - share) / number))


class Curves:
    """The best validation accuracy so far of one trial after another, by epoch.

    Args:
        epochs: Maximum epochs of a trial.
        chance: See :func:`chance_level`; 0 if trials that learn nothing are not stopped.
    """

    def __init__(self, epochs: int, chance: float = 0.0) -> None:
        self._epochs = epochs
        self._chance = chance
        # For each epoch, the best accuracy so far of every trial that reached it.
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
        """The best validation accuracy that the next trial must have reached, by epoch.

        Returns:
            An accuracy from 0 to 1 for each epoch; 0 if the trial is not compared there.
        """
        return tuple(
            max(self._least(epoch), self._median(epoch, reached))
            for epoch, reached in enumerate(self._reached, start=1)
        )

    def _least(self, epoch: int) -> float:
        return self._chance if epoch > max(_FREE_EPOCHS, self._epochs / 10) else 0.0

    def _median(self, epoch: int, reached: list[float]) -> float:
        compared = epoch >= _FREE_SHARE * self._epochs and len(reached) >= NUM_COMPARED
        return median(reached) if compared else 0.0

    def expected_score(self, record: TrialRecord) -> float | None:
        """Estimate what a pruned trial would have scored at its last epoch.

        Its score is multiplied by the median gain of complete trainings after the epoch where it was stopped.

        Args:
            record: The trial.

        Returns:
            From 0 to 1. The trial's own score if it was not pruned or there is no complete training, and
            ``None`` if it has none.
        """
        score = record.score
        if score is None or record.status != "pruned" or not 0 < record.epochs <= self._epochs:
            return score
        gains = [curve[-1] / reached for curve in self._complete if (reached := curve[record.epochs - 1]) > 0]
        return min(1.0, score * median(gains)) if gains else score

    def _best_so_far(self, record: TrialRecord) -> list[float]:
        """A trial's best accuracy by epoch.

        A completed trial keeps its best in later epochs. A stopped one has none there: what it would have
        reached is unknown.
        """
        curve = list(accumulate((value or 0.0 for value in record.history.get(OBJECTIVE, [])), max))
        if curve and record.status == "completed":
            curve += curve[-1:] * (self._epochs - len(curve))
        return curve
