"""The points of a space."""

from typing import Any

import keras_tuner
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebench.spaces.hyperparameters.declare import ranges
from tunebench.spaces.hyperparameters.points import (
    canonical,
    count_points,
    is_finite,
    points,
    share_at,
    value_at,
    values_of,
)


def _float(low: float, high: float, **settings: Any) -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Float("x", low, high, **settings)
    return hp.space[0]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"step": 0.25}, [0, 0.25, 0.5, 0.75, 1]),
        ({"step": 0.1}, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]),
        ({"step": 0.4}, [0, 0.4, 0.8]),
        ({}, [0, 0.5, 1]),
        ({"default": 0.5}, [0.5, 0, 1]),
        ({"default": 0.3}, [0.3, 0, 0.5, 1]),
    ],
)
def test_a_range_includes_both_ends(settings: dict[str, Any], expected: list[float]) -> None:
    """With and without steps; the default comes first."""
    assert [*values_of(_float(0, 1, **settings), 3)] == pytest.approx(expected)


def test_scales_other_than_linear() -> None:
    """Values are evenly spaced on a range's scale, and integers stay integers."""
    assert [*values_of(_float(1e-4, 1e-2, sampling="log"), 3)] == pytest.approx([1e-4, 1e-3, 1e-2])
    assert [*values_of(_float(1, 16, sampling="log", step=2), 9)] == pytest.approx([1, 2, 4, 8, 16])
    assert [*values_of(_float(1, 16, sampling="reverse_log", step=4), 9)] == pytest.approx([1, 16, 13])
    hp = keras_tuner.HyperParameters()
    hp.Int("n", 1, 100, sampling="log")
    hp.Int("m", 8, 32, step=8, default=16)
    hp.Int("k", 1, 4)
    values = [[*values_of(each, 3)] for each in hp.space]
    assert (values[0][0], values[0][-1]) == (1, 100)
    assert values[1:] == [[16, 8, 24, 32], [1, 2, 3, 4]]
    assert all(type(value) is int for each in values for value in each)


def test_booleans_are_not_numbers() -> None:
    """False and 0 are distinct values, although they are equal in Python."""
    hp = keras_tuner.HyperParameters()
    hp.Boolean("on", default=True)
    hp.Choice("layers", [0, 1])
    assert [[*values_of(each, 3)] for each in hp.space] == [[True, False], [0, 1]]


@given(
    st.floats(1e-6, 1e3),
    st.floats(1.01, 1e6),
    st.integers(2, 12),
    st.sampled_from(["linear", "log", "reverse_log"]),
)
def test_the_ends_of_a_range_are_exact(low: float, ratio: float, number: int, kind: str) -> None:
    """Rounding errors neither miss nor exceed an end."""
    values = [float(value) for value in values_of(_float(low, low * ratio, sampling=kind), number)]
    assert (min(values), max(values)) == (low, low * ratio)
    assert len(set(values)) == len(values) == number


def _conditional() -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Choice("kind", ["plain", "wide", "deep"])
    with hp.conditional_scope("kind", ["wide", "deep"]):
        hp.Choice("width", [2, 4])
    with hp.conditional_scope("kind", ["deep"]):
        hp.Int("depth", 1, 3)
    hp.Fixed("always", 7)
    return hp


def test_combinations_of_active_hyperparameters_are_distinct() -> None:
    """Inactive hyperparameters do not multiply the points."""
    found = list(points(_conditional(), 3))
    assert len(found) == count_points(_conditional(), 3) == 1 + 2 + 2 * 3
    assert len({tuple(sorted(each.items())) for each in found}) == len(found)
    assert found[0] == {"kind": "plain", "always": 7}
    assert {"kind": "deep", "width": 4, "depth": 3, "always": 7} in found


def test_points_of_a_wide_range_are_counted_without_a_list() -> None:
    """A range of 2 to the power of 70 integers, of which one decides whether another is active."""
    hp = keras_tuner.HyperParameters()
    hp.Int("seed", 0, 2**70)
    hp.Choice("kind", ["a", "b"])
    assert count_points(hp, 3) == pytest.approx(2 * (2**70 + 1))
    wide = keras_tuner.HyperParameters()
    wide.Int("units", 0, 10**9)
    with wide.conditional_scope("units", [5, 7]):
        wide.Choice("depth", [1, 2, 3])
    assert count_points(wide, 3) == 10**9 + 1 - 2 + 2 * 3


@given(st.data())
def test_points_are_counted_as_they_are_generated(data: st.DataObject) -> None:
    """Also with defaults between two steps and conditions on ranges."""
    hp = keras_tuner.HyperParameters()
    hp.Int("a", 0, 10, step=data.draw(st.integers(1, 4)), default=data.draw(st.integers(0, 10)))
    with hp.conditional_scope("a", data.draw(st.lists(st.integers(0, 12), min_size=1, unique=True))):
        hp.Float("b", 0.0, 0.6, step=0.1, default=data.draw(st.sampled_from([0.0, 0.3, 0.35])))
        with hp.conditional_scope("b", [0.2]):
            hp.Choice("c", ["x", "y", "z"])
    assert count_points(hp, 3) == len(list(points(hp, 3)))


def test_a_space_with_a_continuous_range_is_not_finite() -> None:
    """Choices and stepped ranges are finite."""
    hp = _conditional()
    assert is_finite(hp)
    hp.Float("rate", 0, 1)
    assert not is_finite(hp)


def test_rounding_errors_do_not_make_another_point() -> None:
    """0.1 × 3 and 0.3 have the same canonical value."""
    assert canonical({"a": 0.1 * 3, "b": 3, "c": "x"}) == {"a": 0.3, "b": 3, "c": "x"}


@given(
    st.sampled_from(["linear", "log", "reverse_log"]),
    st.floats(1e-3, 1e3),
    st.floats(1.5, 10),
    st.integers(1, 40),
    st.sampled_from(["Int", "Float"]),
    st.floats(0, 1),
)
def test_every_step_is_drawn(
    sampling: str, low: float, step: float, steps: int, kind: str, share: float
) -> None:
    """Every value is at some share of the way, and its share gives the value back."""
    hp = keras_tuner.HyperParameters()
    if kind == "Int":
        low, step = int(low) + 1, int(step) + 1
    if sampling == "linear":
        getattr(hp, kind)("x", low, low + steps * step, step=step)
    else:
        getattr(hp, kind)("x", low, low * step ** min(steps, 6), step=step, sampling=sampling)
    (x,) = hp.space
    values = sorted((float(value) for value in values_of(x, 3)), reverse=sampling == "reverse_log")
    assert [value_at(x, 0), value_at(x, 1)] == pytest.approx([values[0], values[-1]], rel=1e-9)
    assert any(value_at(x, share) == pytest.approx(value, rel=1e-9) for value in values)
    for value in values:
        assert value_at(x, share_at(x, value)) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("settings", [{}, {"sampling": "log"}, {"sampling": "reverse_log"}])
def test_both_ends_of_a_range_without_steps_are_reached(settings: dict[str, Any]) -> None:
    """The shares 0 and 1 give the ends, not values beyond them."""
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 1e-5, 0.3, **settings)
    hp.Int("n", 3, 17, **settings)
    for each in hp.space:
        ends = [float(value_at(each, share)) for share in (0, 1)]
        assert sorted(ends) == pytest.approx([each.min_value, each.max_value])
        assert each.min_value * (1 - 1e-12) <= min(ends) <= max(ends) <= each.max_value


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"step": 0.2}, [0, 0.4]),
        ({"step": 0.1}, [0, 0.5]),
        ({"step": 0.2, "default": 0.45}, [0, 0.45]),
        ({}, [0, 0.5]),
    ],
)
def test_a_recorded_range_ends_with_what_a_search_can_try(
    settings: dict[str, Any], expected: list[float]
) -> None:
    """So that a best value at the last step is at the edge; the declared end may never be tried."""
    hp = keras_tuner.HyperParameters()
    hp.Float("dropout", 0, 0.5, **settings)
    assert ranges(hp)["dropout"] == pytest.approx(expected)
