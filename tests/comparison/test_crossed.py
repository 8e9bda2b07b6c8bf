"""Means and differences over images and seeds, compared with scipy and with simulations."""

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tunebench.comparison.crossed import Correct, Crossed, difference, mean_of
from tunebench.comparison.intervals import Interval
from tunebench.comparison.multiple import holm


def coin_models(
    random: np.random.Generator, images: int, seeds: int, spread: float, ease: np.ndarray
) -> Correct:
    """Seeds of one model: each image is a coin toss with its own ease, and each seed shifts all of them."""
    shifts = random.normal(0, spread, seeds)
    return random.random((images, seeds)) < np.clip(ease[:, None] + shifts, 0, 1)


@given(st.integers(2, 60), st.integers(0, 1000))
def test_one_seed_each_is_the_paired_t_test(images: int, seed: int) -> None:
    """P-value and interval are scipy's."""
    first, second = np.random.default_rng(seed).normal(size=(2, images, 1))
    found = difference(Crossed(first), Crossed(second))
    expected: Any = stats.ttest_rel(first[:, 0], second[:, 0])
    assert found.p == pytest.approx(expected.pvalue)
    interval, known = found.interval(0.9), expected.confidence_interval(0.9)
    assert (interval.low, interval.high) == pytest.approx((known.low, known.high))


@given(st.integers(2, 5), st.integers(0, 1000))
def test_seeds_that_differ_by_far_are_welchs_t_test(seeds: int, seed: int) -> None:
    """If images hardly matter, p-value and degrees of freedom are those of the seeds' scores."""
    random = np.random.default_rng(seed)
    # Evenly spaced, because of seeds that hardly differ, images would matter again.
    one, other = np.arange(seeds) * random.uniform(1, 9), 3 + np.arange(seeds + 1) * random.uniform(1, 9)
    first, second = (each + random.normal(0, 0.001, (500, 1)) for each in (one, other))
    found = difference(Crossed(first), Crossed(second))
    expected: Any = stats.ttest_ind(one, other, equal_var=False)
    assert found.p == pytest.approx(expected.pvalue, rel=0.01)
    assert found.degrees == pytest.approx(expected.df, rel=0.01)


@given(st.integers(0, 1000))
def test_p_and_interval_agree(seed: int) -> None:
    """At any confidence, the interval excludes 0 exactly if p is smaller."""
    random = np.random.default_rng(seed)
    first, second = (coin_models(random, 80, 3, 0.05, random.random(80)) for _ in range(2))
    found = difference(Crossed(first), Crossed(second))
    for confidence in (0.5, 0.9, 0.999):
        assert (0 not in found.interval(confidence)) == (found.p < 1 - confidence)
    assert found.of_images_alone().p <= found.p or found.seed_variance == 0


def test_equal_models_do_not_differ() -> None:
    """Not even by an error of rounding."""
    run = np.random.default_rng(0).random((50, 3)) < 0.8
    assert (difference(Crossed(run), Crossed(run)).value, difference(Crossed(run), Crossed(run)).p) == (0, 1)
    assert difference(Crossed(run), Crossed(run)).interval() == Interval(0, 0)
    other = run.copy()
    other[0] = ~other[0]
    almost = difference(Crossed(run), Crossed(other)).interval(0.999)
    assert np.isfinite([almost.low, almost.high]).all()
    everything = np.ones((50, 1), dtype=bool)
    assert difference(Crossed(everything), Crossed(everything)).p == 1
    assert difference(Crossed(everything), Crossed(~everything)).p == 0


@pytest.mark.parametrize(("spread", "seeds"), [(0.0, 1), (0.0, 3), (0.03, 3), (0.05, 2), (0.05, 5)])
def test_equal_models_are_rarely_called_different(spread: float, seeds: int) -> None:
    """In at most 6 of 100 draws of a pair, and about as rarely among all pairs of six after correction."""
    random = np.random.default_rng(5)
    pairs, families = [], []
    for _ in range(250):
        ease = random.beta(0.85, 0.15, 300)
        models = [Crossed(coin_models(random, 300, seeds, spread, ease)) for _ in range(6)]
        p_values = [difference(*pair).p for pair in combinations(models, 2)]
        pairs += p_values[:1]
        families.append(min(holm(p_values)))
    # Two standard errors of 250 draws are three points.
    assert np.mean(np.array(pairs) < 0.05) <= 0.08
    assert np.mean(np.array(families) < 0.05) <= 0.08


@pytest.mark.parametrize("spread", [0.0, 0.05])
def test_an_interval_covers_the_mean_over_images_and_seeds(spread: float) -> None:
    """In 92 to 99 of 100 draws."""
    random = np.random.default_rng(6)
    truth = np.clip(random.beta(4, 2, 200_000)[:, None] + random.normal(0, spread, 20), 0, 1).mean()
    covered = [
        truth in mean_of(Crossed(coin_models(random, 300, 4, spread, random.beta(4, 2, 300)))).interval()
        for _ in range(300)
    ]
    assert 0.92 <= np.mean(covered) <= 0.99


def test_strata_leave_out_the_variance_between_them() -> None:
    """Classes that are right by different shares add nothing, because their numbers of images are fixed."""
    classes = np.repeat([0, 1], 50)
    right = np.tile([True, True, True, True, False], 20)[:, None]
    right[classes == 1] = ~right[classes == 1]
    free, fixed = mean_of(Crossed(right)), mean_of(Crossed(right), classes)
    assert free.value == fixed.value
    assert fixed.image_variance == pytest.approx(0.16 * 50 / 49 / 100)
    assert free.image_variance == pytest.approx(0.25 / 99)


def test_coin_tosses_do_not_count_as_seed_variance() -> None:
    """The seed variance is near zero for equal seeds, and near the true value for different ones."""
    random = np.random.default_rng(3)
    ease = random.random(4000)
    alike = np.mean([Crossed(coin_models(random, 4000, 4, 0.0, ease)).seed_variance for _ in range(50)])
    apart = np.mean([Crossed(coin_models(random, 4000, 4, 0.03, ease)).seed_variance for _ in range(50)])
    assert alike < 0.005**2
    assert 0.02**2 < apart < 0.035**2
    assert np.isnan(Crossed(np.ones((10, 1), dtype=bool)).seed_variance)
