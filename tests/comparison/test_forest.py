"""The forest predicts as scikit-learn's does, and its trees are what they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor

from tunebench.comparison.forest import Forest, grow

TREES = 24


def rows(number: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values and the scores that follow three of four columns, two of them only together, with noise."""
    random = np.random.default_rng(seed)
    values = random.random((number, 4))
    signal = np.sin(3 * values[:, 0]) + (values[:, 1] > 0.5) * values[:, 2]
    return values, signal + random.normal(0, 0.2, number)


def explained(predicted: NDArray[np.float64], scores: NDArray[np.float64]) -> float:
    """R²."""
    return float(1 - ((predicted - scores) ** 2).mean() / scores.var())


@pytest.mark.parametrize("number", [20, 100, 1000])
def test_it_predicts_unseen_rows_as_well_as_scikit_learns(number: int) -> None:
    """A forest that predicts worse would call a hyperparameter that matters noise."""
    ours, theirs = [], []
    for seed in range(12):
        values, scores = rows(number, seed)
        unseen, truth = rows(500, 100 + seed)
        ours.append(explained(grow(values, scores, TREES, seed).predict(unseen), truth))
        reference = ExtraTreesRegressor(TREES, min_samples_leaf=2, random_state=seed).fit(values, scores)
        theirs.append(explained(reference.predict(unseen), truth))
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=0.03)


@given(st.integers(1, 30), st.integers(1, 3), st.integers(0, 9))
def test_a_leaf_says_the_mean_of_its_rows(number: int, columns: int, seed: int) -> None:
    """A row sent to another node when asked than when fitted; a leaf of one row, learnt by heart."""
    random = np.random.default_rng(seed)
    values = random.integers(0, 5, (number, columns)).astype(np.float64)
    scores = random.random(number)
    tree = grow(values, scores, trees=1, seed=seed)
    predicted = tree.predict(values)
    for value in np.unique(predicted):
        same = scores[predicted == value]
        assert value == pytest.approx(same.mean())
        assert len(same) >= min(number, 2)


def test_the_scale_of_scores_and_values_does_not_matter() -> None:
    """Differences of a billionth would count as rounding."""
    values, scores = rows(100, 0)
    plain = grow(values, scores, TREES, seed=3).predict(values)
    scaled = grow(values * 2.0**-30, scores * 2.0**-30, TREES, seed=3).predict(values * 2.0**-30)
    assert scaled == pytest.approx(plain * 2.0**-30)


def test_nothing_to_split_is_one_leaf_a_tree() -> None:
    """Rows all alike, or scores all alike, would be split for ever."""
    alike = grow(np.ones((10, 2)), np.arange(10.0), TREES, seed=0)
    flat = grow(np.random.default_rng(0).random((10, 2)), np.full(10, 0.3), TREES, seed=0)
    for forest, mean in ((alike, 4.5), (flat, 0.3)):
        assert isinstance(forest, Forest)
        assert len(forest.predicted) == TREES
        assert forest.predict(np.zeros((2, 2))) == pytest.approx([mean, mean])


def test_the_seed_decides() -> None:
    """A page made again would name other hyperparameters."""
    values, scores = rows(60, 0)
    first, again, other = (grow(values, scores, TREES, seed).predict(values) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
