"""Scores corrected for the choice of the best."""

import numpy as np
import pytest

from tunebench.comparison.shrinkage import shrunken


def test_the_best_of_equal_models_is_not_overrated() -> None:
    """Its mean error is a fraction of that of the score itself."""
    random, own, raw, corrected = np.random.default_rng(0), 0.01, [], []
    for _ in range(500):
        scores = (0.8 + random.normal(0, own, 10)).tolist()
        raw.append(max(scores) - 0.8)
        corrected.append(max(shrunken(scores, [own**2] * 10)) - 0.8)
    assert np.mean(raw) > 1.4 * own
    assert abs(float(np.mean(corrected))) < 0.6 * own


def test_models_that_differ_by_far_hardly_move() -> None:
    """The spread of the scores is real, so the estimates are the scores."""
    scores = [0.5, 0.6, 0.7, 0.8, 0.9]
    assert shrunken(scores, [1e-5] * 5) == pytest.approx(scores, abs=1e-3)
    assert shrunken(scores, [0.0] * 5) == scores
    assert shrunken([0.5] * 5, [0.0] * 5) == [0.5] * 5


def test_a_few_models_stay_as_they_are() -> None:
    """The spread of four models says too little."""
    assert shrunken([0.5, 0.6, 0.5, 0.6], [0.1] * 4) == [0.5, 0.6, 0.5, 0.6]
