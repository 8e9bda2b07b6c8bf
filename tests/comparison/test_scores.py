"""Balanced accuracy, macro F1 and loss of test predictions, and how two runs are compared by them."""

from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from tunebench.comparison.crossed import Crossed, difference
from tunebench.comparison.intervals import mean_of_proportions, wilson
from tunebench.comparison.scores import guessed, measure, parts, strata
from tunebench.objectives import OBJECTIVES, Objective
from tunebench.runs.predictions import Predictions

BALANCED, MACRO_F1, LOSS = (OBJECTIVES[name] for name in ("balanced_accuracy", "macro_f1", "loss"))
# A common, a less common and a rare class.
SIZES = (120, 40, 20)
RECALLS = (0.9, 0.7, 0.5)
LABELS = np.repeat(np.arange(3), SIZES)
SIMULATIONS = 120


def _draw(random: np.random.Generator, skill: NDArray[np.float64] | None = None) -> Predictions:
    """Predictions with these recalls; wrong ones are of any other class. Skill makes runs agree on images."""
    luck = random.random(len(LABELS)) if skill is None else skill + 0.15 * random.normal(size=len(LABELS))
    right = luck < np.array(RECALLS)[LABELS]
    predicted = np.where(right, LABELS, (LABELS + random.integers(1, 3, len(LABELS))) % 3)
    probabilities = np.full((len(LABELS), 3), 0.1, np.float32)
    probabilities[np.arange(len(LABELS)), predicted] = 0.8
    return Predictions(LABELS, probabilities)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=lambda each: each.name)
@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_the_parts_of_the_images_have_the_score_as_their_mean(objective: Objective, seed: int) -> None:
    """For every objective and seed."""
    runs = [_draw(np.random.default_rng(each)) for each in (seed, seed + 1)]
    found = parts(objective, runs).mean(axis=0)
    if objective.name == "accuracy":
        expected = [run.correct.mean() for run in runs]
    else:
        expected = [objective.score(value) for value in measure(objective, runs).values]
    assert found == pytest.approx(expected)


def test_a_loss_is_scikit_learns() -> None:
    """Also if a probability is 0."""
    probabilities = np.array([[1, 0, 0], [0.2, 0.5, 0.3], [0, 1, 0]], np.float32)
    found = measure(LOSS, [Predictions(np.array([0, 1, 2]), probabilities)])
    assert found.values == pytest.approx([log_loss([0, 1, 2], probabilities.astype(float))])
    assert found.interval.low <= found.mean <= found.interval.high


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 300)), min_size=1, max_size=6))
def test_an_interval_of_a_mean_of_proportions_holds_it(drawn: list[tuple[float, int]]) -> None:
    """It stays within 0 to 1, and of one proportion it is Wilson's."""
    proportions, images = zip(*drawn, strict=True)
    found = mean_of_proportions(proportions, images)
    mean = sum(proportions) / len(proportions)
    assert -1e-9 <= found.low <= mean + 1e-9
    assert mean - 1e-9 <= found.high <= 1 + 1e-9
    alone = mean_of_proportions(proportions[:1], images[:1])
    assert (alone.low, alone.high) == pytest.approx((wilson(*drawn[0]).low, wilson(*drawn[0]).high))


@pytest.mark.parametrize("objective", [BALANCED, MACRO_F1, LOSS], ids=lambda each: each.name)
def test_intervals_cover_the_true_value(objective: Objective) -> None:
    """In about 95 of 100 simulated test splits, with a class of 20 images."""
    random = np.random.default_rng(1)
    drawn = [measure(objective, [_draw(random)]) for _ in range(SIMULATIONS)]
    truth = fmean(each.mean for each in drawn)
    covered = np.mean([truth in each.interval for each in drawn])
    assert 0.9 <= covered <= 0.99


@pytest.mark.parametrize("objective", [BALANCED, MACRO_F1, LOSS], ids=lambda each: each.name)
def test_equal_runs_are_rarely_called_different(objective: Objective) -> None:
    """At a level of 5 %, in about 5 of 100 simulations."""
    random, found = np.random.default_rng(2), []
    for _ in range(SIMULATIONS):
        skill = random.random(len(LABELS))
        one, other = (Crossed(parts(objective, [_draw(random, skill)])) for _ in range(2))
        found.append(difference(one, other, strata(objective, LABELS)).p)
    assert np.mean(np.array(found) < 0.05) <= 0.1


def test_seeds_widen_an_interval() -> None:
    """If they vary more than chance explains, for every objective."""
    random = np.random.default_rng(4)
    good, bad = _draw(random), _draw(random, np.ones(len(LABELS)))
    for objective in OBJECTIVES.values():
        alike, apart = measure(objective, [good, good]).interval, measure(objective, [good, bad]).interval
        assert apart.high - apart.low > 2 * (alike.high - alike.low)
        assert not objective.is_proportion or 0 <= apart.low < apart.high <= 1


def test_guessing_knows_only_the_frequencies() -> None:
    """The best constant answer, or one of each class in turn."""
    assert guessed(OBJECTIVES["accuracy"], LABELS, 3) == 120 / 180
    assert guessed(BALANCED, LABELS, 3) == guessed(MACRO_F1, LABELS, 3) == 1 / 3
    shares = np.array(SIZES) / 180
    constant = Predictions(LABELS, np.tile(shares, (180, 1)).astype(np.float32))
    assert guessed(LOSS, LABELS, 3) == pytest.approx(-measure(LOSS, [constant]).mean, rel=1e-6)
