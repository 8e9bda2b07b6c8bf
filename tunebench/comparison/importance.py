"""Which hyperparameters mattered in a search."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.scales import scale_of
from tunebench.records import Importance, TrialRecord

# Fewer scored trials show no importance; fewer than ENOUGH_TRIALS show it with a warning.
_FEWEST_TRIALS = 10
ENOUGH_TRIALS = 30
# Prediction time is proportional to the trees; more would hardly change the shares.
_TREES = 12


def importance(trials: Sequence[TrialRecord]) -> Importance:
    """Permutation importance: how much worse scores are predicted when a hyperparameter is shuffled.

    Extremely randomised trees are fitted to each half of the trials and evaluated on the other half. A
    search keeps the result in its record, because importing scikit-learn takes longer than the rest of a
    comparison.

    Args:
        trials: The ledger; trials without a score are ignored.

    Returns:
        The importances; without shares if there are fewer than ten scored trials, if scores or values never
        vary, or if the hyperparameters explain nothing of unseen trials' scores.

    Source:
        L. Breiman, "Random forests", Machine Learning 45 (2001), p. 23-24; P. Geurts, D. Ernst and L.
        Wehenkel, "Extremely randomized trees", Machine Learning 63 (2006), p. 3-42.
    """
    scored = _same_budget([trial for trial in trials if trial.score is not None])
    names = [name for name in _varying(scored) if not name.startswith("tuner/")]
    scores = np.array([trial.score for trial in scored], dtype=np.float64)
    if len(scored) < _FEWEST_TRIALS or not names or np.ptp(scores) == 0:
        return Importance(trials=len(scored))
    values = np.stack([_positions(scored, name) for name in names], axis=1)
    drops, explained = _cross_fitted(values, scores)
    total = drops.sum()
    if not (total > 0 and explained > 0):
        return Importance(trials=len(scored))
    ranked = sorted(zip(names, (drops / total).tolist(), strict=True), key=lambda pair: -pair[1])
    return Importance(shares=dict(ranked), explained=explained, trials=len(scored))


def _same_budget(trials: Sequence[TrialRecord]) -> list[TrialRecord]:
    """Trials of one Hyperband budget, because the number of epochs alone changes scores.

    The largest budget with enough trials; if there is none, the budget with the most trials.
    """
    budgets: dict[float, list[TrialRecord]] = {}
    for trial in trials:
        budget = trial.hyperparameters.get("tuner/epochs", 0)
        budgets.setdefault(0.0 if isinstance(budget, str) else float(budget), []).append(trial)
    enough = [budget for budget, members in budgets.items() if len(members) >= _FEWEST_TRIALS]
    return budgets[max(enough)] if enough else max(budgets.values(), key=len, default=[])


def _cross_fitted(
    values: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], float]:
    """Drop of R² when each column is shuffled, at least 0, and R² without shuffling; over both halves."""
    from sklearn.ensemble import ExtraTreesRegressor  # noqa: PLC0415 (a second of import)
    from sklearn.inspection import permutation_importance  # noqa: PLC0415 (a second of import)

    halves = np.array_split(np.random.default_rng(0).permutation(len(scores)), 2)
    drops, explained = np.zeros(values.shape[1]), []
    for fitted, held_out in (halves, halves[::-1]):
        # A leaf of one row would memorise that row's noise.
        forest = ExtraTreesRegressor(_TREES, min_samples_leaf=2, random_state=0, n_jobs=1)
        forest.fit(values[fitted], scores[fitted])
        unseen, truth = values[held_out], scores[held_out]
        explained.append(forest.score(unseen, truth))
        shuffled = permutation_importance(forest, unseen, truth, n_repeats=1, random_state=0, n_jobs=1)
        drops += shuffled.importances_mean
    return np.maximum(drops, 0), float(np.mean(explained))


def _varying(trials: Sequence[TrialRecord]) -> list[str]:
    names = dict.fromkeys(name for trial in trials for name in trial.hyperparameters)
    return [name for name in names if len({trial.hyperparameters.get(name) for trial in trials}) > 1]


def _positions(trials: Sequence[TrialRecord], name: str) -> NDArray[np.float64]:
    values = [trial.hyperparameters.get(name) for trial in trials]
    scale = scale_of(values)
    return np.array([scale.position(value) for value in values], dtype=np.float64)
