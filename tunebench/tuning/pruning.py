"""Stop a trial that earlier trials were well ahead of: the median rule.

After each epoch a trial is compared with what the earlier ones had reached by then; one below their median
ends. Golovin et al., Google Vizier: A Service for Black-Box Optimization, KDD 2017, section 3.2. Unlike
there, both sides are the best epochs so far, for a trial's score is that of its best epoch. What the figures
below rest on: ``docs/decisions/0037``.
"""

from itertools import accumulate
from statistics import median

from tunebench.fitting.callbacks import OBJECTIVE
from tunebench.records import TrialRecord

# Trials that must have been compared with before one is stopped: the median of fewer is a matter of chance.
NUM_COMPARED = 3
# A trial trains this share of the epochs before it is judged: earlier, curves say little about their ends.
_FREE_SHARE = 0.2


class Curves:
    """The best validation accuracy so far of one trial after another, by epoch.

    Kept as they come, for each new trial is compared with all before it.

    Args:
        epochs: Epochs of a trial at most.
    """

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        # Of every trial that reached the epoch: its best by then.
        self._reached: list[list[float]] = [[] for _ in range(epochs)]
        self._whole: list[list[float]] = []

    def add(self, record: TrialRecord) -> None:
        """Take in a trial that has ended; one that never got through an epoch has nothing to say."""
        curve = self._best_so_far(record)
        # One that was stopped has a shorter curve.
        for reached, best in zip(self._reached, curve, strict=False):
            reached.append(best)
        if curve and record.status == "completed":
            self._whole.append(curve)

    def floors(self) -> tuple[float, ...]:
        """What the next trial's best validation accuracy has to have reached, by epoch.

        Returns:
            An accuracy from 0 to 1 for each epoch; 0 where nothing is asked.
        """
        return tuple(
            median(reached) if epoch >= _FREE_SHARE * self._epochs and len(reached) >= NUM_COMPARED else 0.0
            for epoch, reached in enumerate(self._reached, start=1)
        )

    def expected_score(self, record: TrialRecord) -> float | None:
        """What a trial would have scored if it had not been stopped, as far as whole trainings tell.

        One that was stopped after two epochs is no worse for it. Its score is multiplied by what trainings
        that were not stopped gained after that epoch, their median.

        Args:
            record: The trial.

        Returns:
            From 0 to 1; the trial's own score where it was not stopped or there is nothing to learn from, and
            ``None`` where it has none.
        """
        score = record.score
        if score is None or record.status != "pruned" or not 0 < record.epochs <= self._epochs:
            return score
        gains = [curve[-1] / reached for curve in self._whole if (reached := curve[record.epochs - 1]) > 0]
        return min(1.0, score * median(gains)) if gains else score

    def _best_so_far(self, record: TrialRecord) -> list[float]:
        """A trial that ended by itself keeps its best.

        One that was stopped has no say in later epochs: nobody knows what it would have reached.
        """
        curve = list(accumulate((value or 0.0 for value in record.history.get(OBJECTIVE, [])), max))
        if curve and record.status == "completed":
            curve += curve[-1:] * (self._epochs - len(curve))
        return curve
