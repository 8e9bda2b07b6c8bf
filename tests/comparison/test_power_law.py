"""A power law of the error against the number of training images."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tunebench.comparison.crossed import Crossed
from tunebench.comparison.power_law import PowerLaw, power_law

SHARES = np.array([0.1, 0.2, 0.4, 0.8, 1.0])
SIZES = [int(10_000 * share) for share in SHARES]


def models(errors: NDArray[np.float64], generator: np.random.Generator, images: int = 1000) -> list[Crossed]:
    """Models of three seeds with these error rates, which find the same images difficult."""
    difficulty = generator.normal(size=(images, 1))
    found = []
    for error in errors:
        margins = 0.8 * difficulty + 0.6 * generator.normal(size=(images, 3))
        seeds = np.clip(error + generator.normal(0, 0.005, 3), 0.001, 0.999)
        threshold = np.array([np.quantile(margins[:, seed], 1 - seeds[seed]) for seed in range(3)])
        found.append(Crossed(margins <= threshold))
    return found


def fitted(errors: NDArray[np.float64], seed: int = 0) -> PowerLaw:
    """The law of these error rates."""
    law = power_law(SIZES, models(errors, np.random.default_rng(seed)))
    assert law is not None
    return law


def test_a_law_without_a_floor_is_recovered() -> None:
    """The fitted errors are the measured ones, and the gain of twice as many images is what the law says."""
    law = fitted(0.3 * SHARES**-0.3)
    assert law.error(np.array(SIZES)) == pytest.approx(0.3 * SHARES**-0.3, abs=0.03)
    assert law.gain == pytest.approx(
        float((law.error(np.array([10_000])) - law.error(np.array([20_000])))[0])
    )
    assert law.gain in law.interval
    assert law.established


def test_an_error_that_does_not_fall_promises_nothing() -> None:
    """More images are not established to help."""
    assert not fitted(np.full(5, 0.3)).established


@pytest.mark.parametrize(
    ("exponent", "floor", "scale"), [(0.3, 0.0, 0.3), (0.5, 0.15, 0.15), (0.6, 0.1, 0.15)]
)
def test_the_interval_covers_the_gain(exponent: float, floor: float, scale: float) -> None:
    """Of 60 draws, at most 8 miss it, whether the error has a floor or not (docs/decisions/0018)."""
    gain = scale * (1 - 2**-exponent)
    errors = scale * SHARES**-exponent + floor
    assert sum(gain in fitted(errors, seed).interval for seed in range(60)) >= 52


def test_what_cannot_be_fitted() -> None:
    """Fewer than four sizes, or a model without errors."""
    generator = np.random.default_rng(0)
    assert power_law(SIZES[:3], models(np.array([0.3, 0.2, 0.1]), generator)) is None
    perfect = Crossed(np.ones((1000, 3), dtype=np.bool_))
    assert power_law(SIZES, [*models(np.array([0.3, 0.2, 0.1, 0.1]), generator), perfect]) is None


def test_equal_predictions_are_no_trouble() -> None:
    """As of a model that ignores its training images; the law is flat."""
    (model,) = models(np.array([0.3]), np.random.default_rng(0))
    law = power_law(SIZES, [model] * 5)
    assert law is not None
    assert law.gain == pytest.approx(0, abs=1e-6)
