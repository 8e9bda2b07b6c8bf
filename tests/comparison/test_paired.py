"""Paired tests and intervals, compared with independent implementations and simulations."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from tunebench.comparison.paired import (
    Correct,
    bootstrap_means,
    exact_mcnemar,
    holm,
    percentile_interval,
    seed_errors,
    seed_variance,
)
from tunebench.comparison.pairs import Verdict, decide

SIMULATIONS = 800
IMAGES = 250
RESAMPLES = 500


def discordant(only_first: int, only_second: int) -> tuple[Correct, Correct]:
    """One seed each, with these numbers of images that only one run classifies correctly."""
    first = [True] * only_first + [False] * only_second + [True, True, False]
    second = [False] * only_first + [True] * only_second + [True, True, False]
    return np.array(first)[:, None], np.array(second)[:, None]


@settings(max_examples=30)
@given(only_first=st.integers(0, 60), only_second=st.integers(0, 60))
def test_one_seed_each_is_mcnemars_exact_test(only_first: int, only_second: int) -> None:
    """With one seed each, the p-value is that of McNemar's exact test in statsmodels."""
    expected = min(1, mcnemar([[2, only_first], [only_second, 1]], exact=True).pvalue)
    assert exact_mcnemar(*discordant(only_first, only_second)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("only_first", "only_second"), [(20_300, 20_000), (26_000, 25_000), (3, 9000)])
def test_large_test_splits(only_first: int, only_second: int) -> None:
    """P-values of tens of thousands of images agree with scipy's binomial test."""
    expected = binomtest(only_first, only_first + only_second).pvalue
    assert exact_mcnemar(*discordant(only_first, only_second)) == pytest.approx(expected, abs=1e-12)


@settings(max_examples=50)
@given(
    first=arrays(np.bool_, st.tuples(st.just(9), st.integers(1, 3))),
    second=arrays(np.bool_, st.tuples(st.just(9), st.integers(1, 3))),
)
def test_several_seeds_agree_with_enumeration(first: Correct, second: Correct) -> None:
    """With several seeds, the p-value equals an enumeration of all random signs."""
    differences = first.mean(axis=1) - second.mean(axis=1)
    observed = abs(differences.sum()) - 1e-9
    flips = np.array(list(product([1, -1], repeat=9)))
    expected = (np.abs(flips @ differences) >= observed).mean()
    assert exact_mcnemar(first, second) == pytest.approx(expected, abs=1e-12)


def test_several_seeds_of_many_images_agree_with_the_normal_approximation() -> None:
    """With 30,000 images, the exact p-value is close to that of the normal approximation."""
    rows = np.random.default_rng(0).random((30_000, 5))
    first, second = rows[:, :3] < 0.8, rows[:, 3:] < 0.797
    differences = first.mean(axis=1) - second.mean(axis=1)
    expected = 2 * norm.sf(abs(differences.sum()) / np.sqrt((differences**2).sum()))
    assert exact_mcnemar(first, second) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("p_values", [[0.3], [0.01, 0.04, 0.03, 0.005], [0.2, 0.02, 0.02, 0.9, 0.0, 1.0]])
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    """Adjusted p-values equal those of statsmodels."""
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


def test_holm_counts_comparisons_that_were_not_tested() -> None:
    """The correction uses the size of the family, including untested comparisons."""
    assert holm([0.01, 0.02], family=10) == pytest.approx([0.1, 0.18])


def coin_models(
    random: np.random.Generator, images: int, seeds: int, spread: float, ease: np.ndarray
) -> Correct:
    """Seeds of one model: each image is a coin toss with its own ease, and each seed shifts all of them."""
    shifts = random.normal(0, spread, seeds)
    return random.random((images, seeds)) < np.clip(ease[:, None] + shifts, 0, 1)


@cache
def simulated(seeds: int, spread: float) -> tuple[float, float, float]:
    """Compare two runs of one model many times.

    Returns:
        Coverage of the interval without and with seed error, and the share of runs called different.
    """
    random = np.random.default_rng(7 + seeds)
    found = []
    for _ in range(SIMULATIONS):
        ease = random.beta(0.9, 0.5, IMAGES)
        first, second = (coin_models(random, IMAGES, seeds, spread, ease) for _ in range(2))
        accuracies = bootstrap_means([first, second], random, RESAMPLES)
        sampling = accuracies[:, 0] - accuracies[:, 1]
        errors = seed_errors(first, random, RESAMPLES) - seed_errors(second, random, RESAMPLES)
        interval = percentile_interval(sampling + errors)
        verdict = decide(first, second, interval, exact_mcnemar(first, second))
        found.append(
            (0 in percentile_interval(sampling), 0 in interval, verdict is not Verdict.NOT_ESTABLISHED)
        )
    without, including, different = np.mean(found, axis=0)
    return float(without), float(including), float(different)


@pytest.mark.slow
def test_the_paired_bootstrap_has_its_nominal_coverage() -> None:
    """Without seed effects, 95 % intervals of the sampling error cover 93 to 97 % of differences."""
    assert 0.93 <= simulated(3, 0.0)[0] <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "spread"), [(3, 0.0), (3, 0.03)])
def test_two_runs_of_one_model_are_rarely_called_different(seeds: int, spread: float) -> None:
    """Intervals with seed error cover at least as often as stated, and A/A comparisons keep the 5 % level."""
    _, covered, different = simulated(seeds, spread)
    assert 0.93 <= covered <= 0.99
    assert different <= 0.05


def test_the_bootstrap_resamples_the_same_images_for_every_run() -> None:
    """Equal runs have equal accuracies in every resample."""
    random = np.random.default_rng(0)
    run = random.random((300, 2)) < 0.6
    accuracies = bootstrap_means([run, run], random, draws=50)
    assert np.array_equal(accuracies[:, 0], accuracies[:, 1])
    assert accuracies[:, 0].std() > 0


def test_the_bootstrap_is_the_same_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chunk size, which limits memory, does not change the draws."""
    run = np.random.default_rng(1).random((40, 1)) < 0.5
    expected = bootstrap_means([run], np.random.default_rng(0), draws=30)
    monkeypatch.setattr("tunebench.comparison.paired._IMAGES_AT_ONCE", 40 * 7)
    assert np.allclose(bootstrap_means([run], np.random.default_rng(0), draws=30), expected)


def test_coin_tosses_do_not_count_as_seed_variance() -> None:
    """The seed variance is near zero for equal seeds, and near the true value for different ones."""
    random = np.random.default_rng(3)
    ease = random.random(4000)
    alike = np.mean([seed_variance(coin_models(random, 4000, 4, 0.0, ease)) for _ in range(50)])
    apart = np.mean([seed_variance(coin_models(random, 4000, 4, 0.03, ease)) for _ in range(50)])
    assert alike < 0.005**2
    assert 0.02**2 < apart < 0.035**2


def test_one_seed_has_no_known_seed_error() -> None:
    """With one seed the variance is unknown and the draws are zeros."""
    run = np.ones((10, 1), dtype=bool)
    assert np.isnan(seed_variance(run))
    assert not seed_errors(run, np.random.default_rng(0)).any()
