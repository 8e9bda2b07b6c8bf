"""Stop trials that learn nothing, and trials that fall behind earlier ones: the median rule.

After each epoch a trial is compared with what the earlier ones had reached by then; below their median, it is
stopped. Golovin et al., Google Vizier: A Service for Black-Box Optimization, KDD 2017, section 3.2. Unlike
there, both sides are the best epochs so far, as a trial's score is that of its best epoch. How the figures
below were chosen: ``docs/decisions/0004``.
"""

import math
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

from tunebench.objectives import ACCURACY, Objective
from tunebench.records import TrialRecord

# Earlier trials needed before one is stopped: the median of fewer is too noisy.
NUM_COMPARED = 3
# A trial trains this share of the epochs before it is compared: earlier epochs say little about the end.
_FREE_SHARE = 1 / 3
# After a tenth of the epochs, and at least this many, a trial must be better than chance.
_FREE_EPOCHS = 3


@dataclass(frozen=True)
class _Curve:
    """The best score of a trial after each epoch that it trained."""

    best: tuple[float, ...]
    is_complete: bool

    def reaches(self, epoch: int) -> bool:
        """Whether the score after an epoch is known: that of a stopped trial, only until it stopped."""
        return self.is_complete or epoch <= len(self.best)

    def at(self, epoch: int) -> float:
        """The best score after an epoch; a completed trial keeps its best in later ones."""
        return self.best[min(epoch, len(self.best)) - 1]


@dataclass(frozen=True)
class Floors:
    """The best score that a trial must have reached after an epoch.

    Attributes:
        epochs: Maximum epochs of a trial.
        chance: The score of a trial that has learned nothing.
        curves: Of the earlier trials.
    """

    epochs: int
    chance: float
    curves: tuple[_Curve, ...] = ()

    def __call__(self, epoch: int) -> float:
        """The floor after an epoch, counted from 1; −∞ if the trial is not compared there."""
        least = self.chance if epoch > max(_FREE_EPOCHS, self.epochs / 10) else -math.inf
        reached = [curve.at(epoch) for curve in self.curves if curve.reaches(epoch)]
        compared = epoch >= _FREE_SHARE * self.epochs and len(reached) >= NUM_COMPARED
        return max(least, median(reached)) if compared else least

    def reason(self, floor: float) -> str:
        """In a few words, where a floor comes from."""
        return "chance" if floor == self.chance else "the median of earlier trials"


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
        self._curves: list[_Curve] = []

    def add(self, record: TrialRecord) -> None:
        """Add a finished trial; one without a finished epoch has no curve."""
        values = record.history.get(self._objective.metric, [])
        scores = (-math.inf if value is None else self._objective.score(value) for value in values)
        if best := tuple(accumulate(scores, max)):
            self._curves.append(_Curve(best, record.status == "completed"))

    def floors(self) -> "Floors":
        """What the next trial must have reached, by epoch."""
        return Floors(self._epochs, self._chance, tuple(self._curves))

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
        complete = [curve for curve in self._curves if curve.is_complete]
        ends = [(curve.at(record.epochs), curve.best[-1]) for curve in complete]
        if self._objective.is_proportion:
            factors = [end / then for then, end in ends if then > 0]
            return min(1.0, score * median(factors)) if factors else score
        gains = [end - then for then, end in ends if then > -math.inf]
        return score + median(gains) if gains else score
