"""Wilson's interval, against independent implementations and published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from tunebench.comparison.intervals import wilson


@given(images=st.integers(1, 20_000), share=st.floats(0, 1), confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_agrees_with_scipy_and_statsmodels(images: int, share: float, confidence: float) -> None:
    """A slip in the formula would give plausible but wrong intervals."""
    correct = round(share * images)
    interval = wilson(correct / images, images, confidence)
    scipy_interval = binomtest(correct, images).proportion_ci(confidence, method="wilson")
    low, high = proportion_confint(correct, images, alpha=1 - confidence, method="wilson")
    assert interval.low == pytest.approx(scipy_interval.low, abs=1e-9)
    assert interval.high == pytest.approx(scipy_interval.high, abs=1e-9)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(
    ("accuracy", "low", "high"),
    [(0.5800, 0.558, 0.602), (0.6295, 0.608, 0.650), (0.6555, 0.634, 0.676), (0.8135, 0.796, 0.830)],
)
def test_the_deck_of_2000_test_images(accuracy: float, low: float, high: float) -> None:
    """The deck's intervals were worked out elsewhere, to a tenth of a point."""
    interval = wilson(accuracy, 2000)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.0006)


@given(share=st.floats(0, 1), images=st.integers(1, 100_000))
def test_stays_between_none_and_all_and_holds_the_accuracy(share: float, images: int) -> None:
    """Rounding at the ends would show 100.0 to 99.9 %, or less than nothing."""
    interval = wilson(share, images)
    assert 0 <= interval.low <= share <= interval.high <= 1
