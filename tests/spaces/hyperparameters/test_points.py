"""The points of a space."""

from typing import Any

import keras_tuner
import pytest
from hypothesis import given
from hypothesis import strategies as st

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
def test_a_range_from_end_to_end(settings: dict[str, Any], expected: list[float]) -> None:
    """Keras Tuner's stepped range of 0 to 1 never gives 1, and one without steps neither end."""
    assert values_of(_float(0, 1, **settings), 3) == pytest.approx(expected)


def test_scales_other_than_linear() -> None:
    """A learning rate's points would crowd at its upper end."""
    assert values_of(_float(1e-4, 1e-2, sampling="log"), 3) == pytest.approx([1e-4, 1e-3, 1e-2])
    assert values_of(_float(1, 16, sampling="log", step=2), 9) == pytest.approx([1, 2, 4, 8, 16])
    assert values_of(_float(1, 16, sampling="reverse_log", step=4), 9) == pytest.approx([1, 16, 13])
    hp = keras_tuner.HyperParameters()
    hp.Int("n", 1, 100, sampling="log")
    hp.Int("m", 8, 32, step=8, default=16)
    hp.Int("k", 1, 4)
    values = [values_of(each, 3) for each in hp.space]
    assert (values[0][0], values[0][-1]) == (1, 100)
    assert values[1:] == [[16, 8, 24, 32], [1, 2, 3, 4]]
    assert all(type(value) is int for each in values for value in each)


def test_false_is_not_nought() -> None:
    """A switch and a number would be taken for each other, for Python calls them equal."""
    hp = keras_tuner.HyperParameters()
    hp.Boolean("on", default=True)
    hp.Choice("layers", [0, 1])
    assert [values_of(each, 3) for each in hp.space] == [[True, False], [0, 1]]


@given(
    st.floats(1e-6, 1e3),
    st.floats(1.01, 1e6),
    st.integers(2, 12),
    st.sampled_from(["linear", "log", "reverse_log"]),
)
def test_every_range_begins_and_ends_where_it_says(low: float, ratio: float, number: int, kind: str) -> None:
    """An end that is missed by the last digit, or passed by it, is another value."""
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


def test_every_combination_of_what_is_active_comes_once() -> None:
    """A hyperparameter without effect would multiply the grid."""
    found = list(points(_conditional(), 3))
    assert len(found) == count_points(_conditional(), 3) == 1 + 2 + 2 * 3
    assert len({tuple(sorted(each.items())) for each in found}) == len(found)
    assert found[0] == {"kind": "plain", "always": 7}
    assert {"kind": "deep", "width": 4, "depth": 3, "always": 7} in found


def test_what_can_be_tried_to_the_end() -> None:
    """A search over a continuous range would be said to have tried it all."""
    hp = _conditional()
    assert is_finite(hp)
    hp.Float("rate", 0, 1)
    assert not is_finite(hp)


def test_a_point_is_known_as_itself() -> None:
    """0.1 × 3 and 0.3 are one value."""
    assert canonical({"a": 0.1 * 3, "b": 3, "c": "x"}) == {"a": 0.3, "b": 3, "c": "x"}


@given(
    st.sampled_from(["linear", "log", "reverse_log"]),
    st.floats(1e-3, 1e3),
    st.floats(1.5, 10),
    st.integers(1, 40),
    st.sampled_from(["Int", "Float"]),
    st.floats(0, 1),
)
def test_every_step_has_its_share(
    sampling: str, low: float, step: float, steps: int, kind: str, share: float
) -> None:
    """A value could never be drawn, or be taken for its neighbour by the Gaussian process."""
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
def test_both_ends_of_a_range_without_steps_can_be_met(settings: dict[str, Any]) -> None:
    """A last digit beyond the end is outside what the space allows."""
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 1e-5, 0.3, **settings)
    hp.Int("n", 3, 17, **settings)
    for each in hp.space:
        ends = [float(value_at(each, share)) for share in (0, 1)]
        assert sorted(ends) == pytest.approx([each.min_value, each.max_value])
        assert each.min_value * (1 - 1e-12) <= min(ends) <= max(ends) <= each.max_value
