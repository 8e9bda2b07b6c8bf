"""Wilson's interval, compared with independent implementations and published values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from tunebench.comparison.intervals import wilson


@given(images=st.integers(1, 20_000), share=st.floats(0, 1), confidence=st.sampled_from([0.8, 0.95, 0.99]))
def test_agrees_with_statsmodels(images: int, share: float, confidence: float) -> None:
    """Intervals equal those of statsmodels."""
    correct = round(share * images)
    interval = wilson(correct / images, images, confidence)
    low, high = proportion_confint(correct, images, alpha=1 - confidence, method="wilson")
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=1e-9)


@pytest.mark.parametrize(
    ("accuracy", "low", "high"),
    [(0.5800, 0.558, 0.602), (0.6295, 0.608, 0.650), (0.6555, 0.634, 0.676), (0.8135, 0.796, 0.830)],
)
def test_published_intervals(accuracy: float, low: float, high: float) -> None:
    """Published intervals for 2,000 test images are reproduced to a tenth of a point."""
    interval = wilson(accuracy, 2000)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.0006)


@given(share=st.floats(0, 1), images=st.integers(1, 100_000))
def test_stays_within_bounds_and_contains_the_accuracy(share: float, images: int) -> None:
    """Intervals stay within 0 to 1 and contain the accuracy."""
    interval = wilson(share, images)
    assert 0 <= interval.low <= share <= interval.high <= 1
