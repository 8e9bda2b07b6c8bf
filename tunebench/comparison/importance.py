"""Which hyperparameters mattered in a search."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.scales import scale_of
from tunebench.records import Importance, TrialRecord

# Fewer scored trials show nothing.
_FEWEST_TRIALS = 10
_FOLDS = 5
# Time is proportional to the trees; more would hardly change the shares.
_TREES = 12
_SHUFFLES = 3
# The largest importance of 19 searches in which nothing matters is exceeded by chance in 1 of 20.
_NULL = 19


def importance(trials: Sequence[TrialRecord]) -> Importance:
    """Permutation importance: how much worse scores are predicted when a hyperparameter is shuffled.

    Extremely randomised trees are fitted to four fifths of the trials and evaluated on the last fifth, for
    each fifth. The same is done with shuffled scores, for which nothing matters: the largest importance that
    any hyperparameter then has is the noise floor. A search keeps the result in its record, because it takes
    longer than the rest of a comparison.

    Args:
        trials: The ledger; trials without a score are ignored.

    Returns:
        The importances; without shares if there are fewer than ten scored trials, if scores or values never
        vary, or if no hyperparameter exceeds the noise floor.

    Source:
        L. Breiman, "Random forests", Machine Learning 45 (2001), p. 23-24; P. Geurts, D. Ernst and L.
        Wehenkel, "Extremely randomized trees", Machine Learning 63 (2006), p. 3-42. The floor: A. Altmann et
        al., "Permutation importance: a corrected feature importance measure", Bioinformatics 26 (2010), p.
        1340-1347, with the maximum over the hyperparameters as in P. H. Westfall and S. S. Young,
        Resampling-Based Multiple Testing (1993).
    """
    scored = _same_budget([trial for trial in trials if trial.score is not None])
    names = [name for name in _varying(scored) if not name.startswith("tuner/")]
    scores = np.array([trial.score for trial in scored], dtype=np.float64)
    if len(scored) < _FEWEST_TRIALS or not names or np.ptp(scores) == 0:
        return Importance(trials=len(scored))
    values = np.stack([_positions(scored, name) for name in names], axis=1)
    generator = np.random.default_rng(0)
    folds = np.array_split(generator.permutation(len(scores)), _FOLDS)
    drops, explained = _drops(values, scores, folds)
    noise = max(_drops(values, generator.permutation(scores), folds)[0].max() for _ in range(_NULL))
    found = np.maximum(drops, 0)
    if explained <= 0 or drops.max() <= noise:
        return Importance(trials=len(scored))
    shares = found / found.sum()
    ranked = sorted(zip(names, shares.tolist(), strict=True), key=lambda pair: -pair[1])
    floor = float(np.clip(noise / found.sum(), 0, 1))
    return Importance(shares=dict(ranked), floor=floor, explained=min(1.0, explained), trials=len(scored))


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


def _drops(
    values: NDArray[np.float64], scores: NDArray[np.float64], folds: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.float64], float]:
    """By how much R² of unseen trials falls when each column is shuffled, and R² without shuffling."""
    from sklearn.ensemble import ExtraTreesRegressor  # noqa: PLC0415 (a second of import)

    generator, columns = np.random.default_rng(0), values.shape[1]
    # The values themselves, then each column shuffled, a few times.
    variants = np.repeat(values[None], 1 + _SHUFFLES * columns, axis=0)
    for number, column in enumerate(list(range(columns)) * _SHUFFLES, start=1):
        variants[number, :, column] = generator.permutation(values[:, column])
    errors = np.zeros(len(variants))
    for held_out in folds:
        fitted = np.setdiff1d(np.arange(len(scores)), held_out)
        # A leaf of one row would memorise that row's noise.
        forest = ExtraTreesRegressor(_TREES, min_samples_leaf=2, random_state=0, n_jobs=1)
        forest.fit(values[fitted], scores[fitted])
        predicted = forest.predict(variants[:, held_out].reshape(-1, columns))
        errors += ((predicted.reshape(len(variants), -1) - scores[held_out]) ** 2).sum(axis=1)
    errors /= len(scores) * scores.var()
    falls = (errors[1:] - errors[0]).reshape(_SHUFFLES, columns).mean(axis=0)
    return falls, float(1 - errors[0])


def _varying(trials: Sequence[TrialRecord]) -> list[str]:
    names = dict.fromkeys(name for trial in trials for name in trial.hyperparameters)
    return [name for name in names if len({trial.hyperparameters.get(name) for trial in trials}) > 1]


def _positions(trials: Sequence[TrialRecord], name: str) -> NDArray[np.float64]:
    values = [trial.hyperparameters.get(name) for trial in trials]
    scale = scale_of(values)
    return np.array([scale.position(value) for value in values], dtype=np.float64)
