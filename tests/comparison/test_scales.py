"""Values of hyperparameters on a scale from 0 to 1."""

import pytest

from tunebench.comparison.scales import Scale, scale_of


def test_missing_values_are_below_the_numbers() -> None:
    """A numeric scale stays numeric if values are missing, and puts them below the numbers."""
    values = [1e-5, 1e-4, None, 2e-3]
    scale = scale_of(values)
    assert scale.is_logarithmic
    places = [scale.position(value) for value in (None, 1e-5, 1e-4, 2e-3)]
    assert places[0] == 0
    assert places[1] == pytest.approx(0.15)
    assert places == sorted(places)
    assert places[3] == pytest.approx(1)
    assert scale.ends() == ("0.002", "none")


def test_a_single_number_is_at_its_label() -> None:
    """Beside missing values it is at the upper end; alone, in the middle of two equal labels."""
    scale = scale_of([0.3, None])
    assert (scale.position(0.3), scale.position(None), scale.ends()) == (1, 0, ("0.3", "none"))
    assert scale_of([0.3, 0.3]).position(0.3) == 0.5


def test_complete_values_use_the_full_scale() -> None:
    """Without missing values, the smallest number is at 0."""
    assert scale_of([1, 3]) == Scale(1, 3)
    assert scale_of([1, 3]).position(1) == 0


def test_categories_are_sorted() -> None:
    """Categories are sorted as text, with booleans as yes and no."""
    assert scale_of(["b", None, "a"]).categories == ("a", "b", "none")
    assert scale_of([None, None]).position(None) == 0
    assert scale_of([True, False, None]).ends() == ("yes", "no")
