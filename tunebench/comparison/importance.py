"""Which hyperparameters mattered in a search."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.forest import Forest, grow
from tunebench.comparison.scales import scale_of
from tunebench.records import TrialRecord

# Below this many scored trials nothing is said; below the other, it is said with a warning.
_TOO_FEW = 10
ENOUGH_TRIALS = 30
_TREES = 24
_REPEATS = 3


@dataclass(frozen=True)
class Importance:
    """What the trials tell of each hyperparameter.

    Attributes:
        shares: By name, its part of the importance of all, the largest first; they sum to 1.
        explained: How much of the variance of unseen trials' scores the hyperparameters explain, from 0 to 1.
        trials: Scored trials it rests on.
    """

    shares: dict[str, float]
    explained: float
    trials: int

    @property
    def reliable(self) -> bool:
        """Whether there were trials enough to rely on it."""
        return self.trials >= ENOUGH_TRIALS


def importance(trials: Sequence[TrialRecord]) -> Importance | None:
    """Permutation importance: how much worse scores are predicted when its values are shuffled.

    A forest is fitted to each half of the trials and judged on the other, so that it cannot pass off
    what it learnt by heart.

    Args:
        trials: The ledger; trials without a score are left out.

    Returns:
        The importances; ``None`` with fewer than ten scored trials, with scores or values that never vary, or
        where the hyperparameters explain nothing of unseen trials' scores.

    Source:
        L. Breiman, "Random forests", Machine Learning 45 (2001), p. 23-24.
    """
    scored = _alike([trial for trial in trials if trial.score is not None])
    names = [name for name in _varying(scored) if not name.startswith("tuner/")]
    scores = np.array([trial.score for trial in scored], dtype=np.float64)
    if len(scored) < _TOO_FEW or not names or np.ptp(scores) == 0:
        return None
    values = np.stack([_positions(scored, name) for name in names], axis=1)
    shares, explained = _permuted(values, scores)
    total = shares.sum()
    if not (total > 0 and explained > 0):
        return None
    ranked = sorted(zip(names, (shares / total).tolist(), strict=True), key=lambda pair: -pair[1])
    return Importance(dict(ranked), explained, len(scored))


def _alike(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Trials of one budget: Hyperband trains them for different numbers of epochs, which alone moves scores.

    Of the budgets with enough trials, the largest; where none has enough, that with most.
    """
    budgets: dict[float, list[TrialRecord]] = {}
    for trial in trials:
        budget = trial.hyperparameters.get("tuner/epochs", 0)
        budgets.setdefault(0.0 if isinstance(budget, str) else float(budget), []).append(trial)
    enough = [budget for budget, members in budgets.items() if len(members) >= _TOO_FEW]
    if enough:
        return budgets[max(enough)]
    return max(budgets.values(), key=len, default=[])


def _permuted(values: NDArray[np.float64], scores: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """How much of R² each column's shuffling costs, none less than 0, and R² without; over both halves."""
    random = np.random.default_rng(0)
    halves = np.array_split(random.permutation(len(scores)), 2)
    shares, explained = np.zeros(values.shape[1]), []
    for fitted, judged in (halves, halves[::-1]):
        forest = grow(values[fitted], scores[fitted], _TREES, seed=0)
        unseen, truth = values[judged], scores[judged]
        whole = _explained(forest, unseen, truth)
        explained.append(whole)
        for column, _ in product(range(values.shape[1]), range(_REPEATS)):
            shuffled = unseen.copy()
            shuffled[:, column] = random.permutation(unseen[:, column])
            shares[column] += whole - _explained(forest, shuffled, truth)
    return np.maximum(shares, 0), float(np.mean(explained))


def _explained(forest: Forest, values: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """R²: the part of the scores' variance that the forest predicts; below 0 where their mean does better."""
    spread = float(((scores - scores.mean()) ** 2).sum())
    return 1 - float(((scores - forest.predict(values)) ** 2).sum()) / spread if spread else 0.0


def _varying(trials: Sequence[TrialRecord]) -> list[str]:
    names = dict.fromkeys(name for trial in trials for name in trial.hyperparameters)
    return [name for name in names if len({trial.hyperparameters.get(name) for trial in trials}) > 1]


def _positions(trials: Sequence[TrialRecord], name: str) -> NDArray[np.float64]:
    values = [trial.hyperparameters.get(name) for trial in trials]
    scale = scale_of(values)
    return np.array([scale.position(value) for value in values], dtype=np.float64)
