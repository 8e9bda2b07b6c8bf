"""Corrections for many comparisons."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from tunebench.comparison.multiple import confidences, corrected, holm

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@given(P_VALUES)
def test_holm_agrees_with_statsmodels(p_values: list[float]) -> None:
    """Adjusted p-values equal those of statsmodels."""
    with pytest.MonkeyPatch.context() as patch:
        # It collects garbage first, which takes longer than all else.
        patch.setattr("gc.collect", lambda: 0)
        expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(expected)


@given(P_VALUES)
def test_a_lead_over_every_model_is_one_claim(p_values: list[float]) -> None:
    """If each comparison of the best model supports it, only the others are corrected."""
    with_best = [place < 3 for place in range(len(p_values))]
    found = corrected(p_values, with_best, 0.05, len(p_values))
    lead, rest = p_values[:3], p_values[3:]
    if max(lead) < 0.05:
        assert found[:3] == [(max(lead), 0.95)] * len(lead)
        assert [p for p, _ in found[3:]] == holm(rest)
    else:
        assert [p for p, _ in found] == holm(p_values)


def test_holm_counts_comparisons_that_were_not_tested() -> None:
    """The correction uses the size of the family, including untested comparisons."""
    assert holm([0.01, 0.02], family=10) == pytest.approx([0.1, 0.18])
    assert confidences([0.1, 0.18], 0.05, family=10) == pytest.approx([0.995, 0.995])


@given(P_VALUES, st.integers(0, 20))
def test_an_interval_excludes_zero_exactly_if_holm_rejects(p_values: list[float], family: int) -> None:
    """An interval with confidence c excludes 0 if p is below 1 − c."""
    adjusted = holm(p_values, family)
    for p, p_adjusted, confidence in zip(
        p_values, adjusted, confidences(adjusted, 0.05, family), strict=True
    ):
        # Beside rounding at the level itself.
        assert (p < 1 - confidence) == (p_adjusted < 0.05) or p_adjusted == pytest.approx(0.05)
        assert 0.95 <= confidence < 1
