"""How many seeds or test images would establish a difference."""

from dataclasses import replace
from statistics import median

import numpy as np
import pytest

from tests.comparison.test_crossed import coin_models
from tunebench.comparison.crossed import Crossed, difference
from tunebench.comparison.settling import Settling, settling

LEAD = 0.02


def drawn(random: np.random.Generator, images: int, seeds: int, spread: float) -> tuple[Crossed, Crossed]:
    """Two models of which the first has a lead."""
    ease = random.beta(4, 2, images) * (1 - LEAD)
    return (
        Crossed(coin_models(random, images, seeds, spread, ease + LEAD)),
        Crossed(coin_models(random, images, seeds, spread, ease)),
    )


@pytest.mark.parametrize(
    ("by", "spread"), [("seeds", 0.02), ("images", 0.0)], ids=["seeds that vary", "few images"]
)
def test_the_stated_number_establishes_most_differences(by: str, spread: float) -> None:
    """In most repetitions."""
    random, images, seeds = np.random.default_rng(0), 2000 if by == "seeds" else 300, 3
    asked = []
    for _ in range(60):
        pair = drawn(random, images, seeds, spread)
        # Of the observed lead, the number would depend on chance.
        estimate = replace(difference(*pair), value=LEAD)
        found = settling(*pair, estimate, 0.95)
        asked.append((found.seeds if by == "seeds" else found.images) or 10**5)
    number = int(median(asked))
    larger = (images, number) if by == "seeds" else (number, seeds)
    established = [difference(*drawn(random, *larger, spread)).p < 0.05 for _ in range(100)]
    assert 0.6 <= np.mean(established) <= 0.95


def test_what_would_not_do_is_left_out() -> None:
    """More images do not help if seeds vary too much, more seeds not if there are few images."""
    random = np.random.default_rng(1)
    varying = drawn(random, 20_000, 3, 0.1)
    found = settling(*varying, replace(difference(*varying), value=0.01), 0.95)
    assert found == Settling(None, None)
    steady = drawn(np.random.default_rng(6), 50, 40, 0.0)
    few = settling(*steady, replace(difference(*steady), value=LEAD / 10), 0.95)
    assert few.seeds is None
    assert few.images is not None
    assert few.images > 50


def test_one_seed_says_nothing_of_seeds_and_no_lead_nothing_at_all() -> None:
    """The variation between seeds is unknown with one; equal scores cannot be told apart."""
    one = drawn(np.random.default_rng(2), 500, 1, 0.0)
    assert settling(*one, replace(difference(*one), value=LEAD), 0.95).seeds is None
    assert settling(*one, replace(difference(*one), value=0.0), 0.95) == Settling(None, None)
