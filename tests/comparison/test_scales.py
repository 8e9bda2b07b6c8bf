"""Values of hyperparameters on a scale from 0 to 1."""

import pytest

from tunebench.comparison.scales import Scale, scale_of


def test_numbers_stay_numbers_where_some_are_missing() -> None:
    """A conditional learning rate would be sorted as text, 1e-05 after 0.002."""
    values = [1e-5, 1e-4, None, 2e-3]
    scale = scale_of(values)
    assert scale.is_logarithmic
    places = [scale.position(value) for value in (None, 1e-5, 1e-4, 2e-3)]
    assert places[0] == 0
    assert places[1] == pytest.approx(0.15)
    assert places == sorted(places)
    assert places[3] == pytest.approx(1)
    assert scale.ends() == ("0.002", "none")


def test_whole_ranges_need_no_place_for_what_is_missing() -> None:
    """The lower end of a range would not be at the lower end of its axis."""
    assert scale_of([1, 3]) == Scale(1, 3)
    assert scale_of([1, 3]).position(1) == 0


def test_kinds_have_their_order() -> None:
    """Yes and no, or texts, have no distance."""
    assert scale_of(["b", None, "a"]).categories == ("a", "b", "none")
    assert scale_of([None, None]).position(None) == 0
    assert scale_of([True, False, None]).ends() == ("yes", "no")
