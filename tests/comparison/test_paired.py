"""Paired tests and intervals, against independent implementations and by simulation."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import binomtest, norm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from tunebench.comparison.intervals import Interval
from tunebench.comparison.paired import (
    Correct,
    bootstrap_accuracies,
    exact_mcnemar,
    holm,
    percentile_interval,
    seed_errors,
    seed_variance,
)
from tunebench.comparison.pairs import Verdict, decide

DRAWS = 1000
IMAGES = 250
RESAMPLES = 1000


def with_discordant(
    only_first: int, only_second: int, both: int = 30, neither: int = 20
) -> tuple[Correct, Correct]:
    """One seed each, with so many images that only one of them has right."""
    first = [True] * only_first + [False] * only_second + [True] * both + [False] * neither
    second = [False] * only_first + [True] * only_second + [True] * both + [False] * neither
    return np.array(first)[:, None], np.array(second)[:, None]


@given(only_first=st.integers(0, 60), only_second=st.integers(0, 60))
def test_one_seed_each_is_mcnemars_exact_test(only_first: int, only_second: int) -> None:
    """The generalisation to several seeds would have changed the test it generalises."""
    expected = mcnemar([[30, only_first], [only_second, 20]], exact=True).pvalue
    assert exact_mcnemar(*with_discordant(only_first, only_second)) == pytest.approx(
        min(1, expected), abs=1e-9
    )


@pytest.mark.parametrize(("only_first", "only_second"), [(20_300, 20_000), (26_000, 25_000), (3, 9000)])
def test_a_test_split_of_tens_of_thousands(only_first: int, only_second: int) -> None:
    """Factorials of thousands would overflow, or rounding would eat a p-value."""
    expected = binomtest(only_first, only_first + only_second).pvalue
    assert exact_mcnemar(*with_discordant(only_first, only_second)) == pytest.approx(
        expected, rel=1e-8, abs=1e-14
    )


def test_several_seeds_of_many_images_have_the_normal_laws_tail() -> None:
    """The convolution of long distributions would lose what that of a few images shows."""
    images = 30_000
    rows = np.random.default_rng(0).random((images, 5))
    first, second = rows[:, :3] < 0.8, rows[:, 3:] < 0.797
    differences = first.mean(axis=1) - second.mean(axis=1)
    expected = 2 * norm.sf(abs(differences.sum()) / np.sqrt((differences**2).sum()))
    assert exact_mcnemar(first, second) == pytest.approx(expected, rel=0.01)


def test_a_published_table() -> None:
    """25 discordant pairs, 15 against 10: twice the binomial tail that printed tables give as .2122."""
    assert exact_mcnemar(*with_discordant(15, 10)) == pytest.approx(0.42436, abs=1e-4)


@given(
    first=arrays(np.bool_, st.tuples(st.just(9), st.integers(1, 3))),
    second=arrays(np.bool_, st.tuples(st.just(9), st.integers(1, 3))),
)
def test_several_seeds_agree_with_all_sign_flips(first: Correct, second: Correct) -> None:
    """The convolution would miss or double a way of swapping images between the runs."""
    differences = first.mean(axis=1) - second.mean(axis=1)
    observed = abs(differences.sum()) - 1e-9
    flips = np.array(list(product([1, -1], repeat=9)))
    expected = (np.abs(flips @ differences) >= observed).mean()
    assert exact_mcnemar(first, second) == pytest.approx(expected, abs=1e-9)


@given(first=arrays(np.bool_, (20, 2)), second=arrays(np.bool_, (20, 3)))
def test_the_order_does_not_matter(first: Correct, second: Correct) -> None:
    """A two-sided p-value that depends on the order is none."""
    assert exact_mcnemar(first, second) == pytest.approx(exact_mcnemar(second, first), abs=1e-12)


@settings(max_examples=25)  # the reference takes a fifth of a second a call
@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    """A slip in the step-down would call chance a difference."""
    expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(expected)


def test_holm_counts_comparisons_that_were_not_tested() -> None:
    """Testing only some pairs of many models would make each claim cheaper than it is."""
    assert holm([0.01, 0.02], family=10) == pytest.approx([0.1, 0.18])


def coin_models(
    random: np.random.Generator, images: int, seeds: int, spread: float, ease: np.ndarray
) -> Correct:
    """Seeds of one model: each image is a coin with its own ease, and a seed shifts them all."""
    shifts = random.normal(0, spread, seeds)
    chances = np.clip(ease[:, None] + shifts, 0, 1)
    return random.random((images, seeds)) < chances


def interval_of(
    first: Correct, second: Correct, random: np.random.Generator, *, seed_error: bool
) -> Interval:
    """The interval of a difference, as a comparison gives it, from fewer draws."""
    accuracies = bootstrap_accuracies([first, second], random, RESAMPLES)
    difference = accuracies[:, 0] - accuracies[:, 1]
    if seed_error:
        difference += seed_errors(first, random, RESAMPLES) - seed_errors(second, random, RESAMPLES)
    return percentile_interval(difference)


def draws_of_intervals(images: int, seeds: int, spread: float, *, seed_error: bool) -> float:
    """How often the interval of two equally good runs holds their true difference, 0."""
    random = np.random.default_rng(seeds)
    covered = 0
    for _ in range(DRAWS):
        ease = random.beta(0.9, 0.5, images)
        first, second = (coin_models(random, images, seeds, spread, ease) for _ in range(2))
        covered += 0 in interval_of(first, second, random, seed_error=seed_error)
    return covered / DRAWS


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [1, 3])
def test_the_paired_bootstrap_covers_as_often_as_it_says(seeds: int) -> None:
    """Intervals that are too narrow would establish differences that are not there."""
    assert 0.93 <= draws_of_intervals(IMAGES, seeds, 0.0, seed_error=False) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "spread"), [(3, 0.01), (3, 0.04), (5, 0.02)])
def test_with_seed_error_it_covers_at_least_as_often(seeds: int, spread: float) -> None:
    """Seeds that differ would make every interval too narrow; few seeds make it a little too wide instead."""
    assert 0.93 <= draws_of_intervals(IMAGES, seeds, spread, seed_error=True) <= 0.99


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seeds", "spread"), [(1, 0.0), (2, 0.0), (2, 0.03), (3, 0.0), (3, 0.01), (3, 0.03), (5, 0.02)]
)
def test_two_runs_of_one_model_are_seldom_called_different(seeds: int, spread: float) -> None:
    """The A/A check: more than one in twenty would be a claim made by chance."""
    random = np.random.default_rng(7 + seeds)
    called = 0
    for _ in range(DRAWS):
        ease = random.beta(0.9, 0.5, IMAGES)
        first, second = (coin_models(random, IMAGES, seeds, spread, ease) for _ in range(2))
        interval = interval_of(first, second, random, seed_error=True)
        verdict = decide(first, second, interval, exact_mcnemar(first, second))
        called += verdict is not Verdict.NOT_ESTABLISHED
    assert called / DRAWS <= 0.05


def test_the_bootstrap_resamples_the_same_images_for_every_run() -> None:
    """Unpaired resampling would make the difference of two equal runs look uncertain."""
    random = np.random.default_rng(0)
    run = random.random((300, 2)) < 0.6
    accuracies = bootstrap_accuracies([run, run], random, draws=50)
    assert np.array_equal(accuracies[:, 0], accuracies[:, 1])
    assert accuracies[:, 0].std() > 0


def test_the_bootstrap_is_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many images are resampled in several steps; a seam would repeat or skip draws."""
    run = np.random.default_rng(1).random((40, 1)) < 0.5
    whole = bootstrap_accuracies([run], np.random.default_rng(0), draws=30)
    monkeypatch.setattr("tunebench.comparison.paired._IMAGES_AT_ONCE", 40 * 7)
    assert np.allclose(bootstrap_accuracies([run], np.random.default_rng(0), draws=30), whole)


def test_tosses_of_a_coin_are_no_seed_variance() -> None:
    """Sampling error would be counted twice, and no difference ever established."""
    random = np.random.default_rng(3)
    ease = random.random(4000)
    alike = np.mean([seed_variance(coin_models(random, 4000, 4, 0.0, ease)) for _ in range(50)])
    apart = np.mean([seed_variance(coin_models(random, 4000, 4, 0.03, ease)) for _ in range(50)])
    assert alike < 0.005**2
    assert 0.02**2 < apart < 0.035**2


def test_one_seed_says_nothing_of_seed_error() -> None:
    """Its variance is unknown, not zero; the draws are empty of it and the verdict says so."""
    run = np.ones((10, 1), dtype=bool)
    assert np.isnan(seed_variance(run))
    assert not seed_errors(run, np.random.default_rng(0)).any()
