"""Best values at the edge of their range."""

import pytest

from tunebench.comparison.edges import optima_at_edges
from tunebench.records import HyperparameterValue

TRIED: dict[str, list[HyperparameterValue]] = {"x": [0.1, 0.2, 3, 4, 5]}


@pytest.mark.parametrize(
    ("value", "limits", "side"),
    [
        (0.0, [0.0, 0.6], None),  # no dropout: the range cannot be widened
        (0.1, [0.1, 0.6], "lowest"),
        (0.599, [0.0, 0.6], "highest"),
        (0.3, [0.0, 0.6], None),
        (1.1e-4, [1e-4, 1e-2], None),  # at 2.07 % of a logarithmic range, just outside the edge
        (1.05e-4, [1e-4, 1e-2], "lowest"),
        (9.5e-3, [1e-4, 1e-2], "highest"),
        (64, [16, 32, 64], "highest"),
        (32, [16, 32, 64], None),
        (16, [64, 32, 16], None),  # the smallest of several choices
        (1.0, [0.0, 0.25, 0.5, 1.0], None),  # a proportion: the range cannot be widened
    ],
)
def test_numbers_at_the_ends(value: float, limits: list[HyperparameterValue], side: str | None) -> None:
    """Numbers within 2 % of an end that can be widened are flagged."""
    edges = optima_at_edges({"x": value}, {"x": limits}, {"x": [0.001, 0.3, 32]})
    assert [edge.side for edge in edges] == ([side] if side else [])


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        (True, [False, True]),
        ("adam", ["adam", "sgd"]),
        (3, ["3", 3]),
        (5, [5, 5]),
        (5, []),
        ("5", [1, 5]),
    ],
)
def test_choices_have_no_edge(value: HyperparameterValue, limits: list[HyperparameterValue]) -> None:
    """Choices and constants have no edge."""
    assert optima_at_edges({"x": value}, {"x": limits}, TRIED) == []


def test_two_numbers_without_a_value_between_are_choices() -> None:
    """Two numbers are choices unless the search tried a value between them."""
    assert optima_at_edges({"x": 5}, {"x": [3, 5]}, {"x": [3, 5, 5, 3]}) == []
    assert len(optima_at_edges({"x": 5}, {"x": [3, 5]}, {"x": [3, 4, 5]})) == 1


def test_a_hyperparameter_without_a_range_is_left_alone() -> None:
    """Hyperparameters without a recorded range are ignored."""
    assert optima_at_edges({"tuner/epochs": 5}, {}, {}) == []
