"""Best values at the edge of their range."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.synthetic_trials import scored_trial
from tunebench.comparison.edges import are_choices, optima_at_edges
from tunebench.records import HyperparameterValue, TrialRecord


def best_near(value: float, limits: list[HyperparameterValue], number: int = 40) -> list[TrialRecord]:
    """Trials of one hyperparameter ``x``; the nearer to ``value``, the better."""
    random = np.random.default_rng(0)
    ends = [float(each) for each in limits if not isinstance(each, str)]
    low, high = min(ends), max(ends)
    if len(limits) > 2:
        values = random.choice(ends, number)
    elif low > 0:
        values = np.exp(random.uniform(np.log(low), np.log(high), number))
    else:
        values = random.uniform(low, high, number)
    distances = [abs(np.log((each + 1e-9) / (value + 1e-9))) for each in values.tolist()]
    return [scored_trial(-away, x=each) for away, each in zip(distances, values.tolist(), strict=True)]


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
    """If good trials crowd it, a value within 2 % of an end that can be widened is flagged."""
    edges = optima_at_edges({"x": value}, {"x": limits}, best_near(value, limits))
    assert [edge.side for edge in edges] == ([side] if side else [])


@pytest.mark.parametrize(
    ("value", "limits"),
    [(True, [False, True]), ("adam", ["adam", "sgd"]), (3, ["3", 3]), (5, [5, 5]), (5, []), ("5", [1, 5])],
)
def test_choices_have_no_edge(value: HyperparameterValue, limits: list[HyperparameterValue]) -> None:
    """Choices and constants have no edge."""
    trials = [scored_trial(each, x=each) for each in (0.1, 0.2, 3, 4, 5, 5, 5, 5)]
    assert optima_at_edges({"x": value}, {"x": limits}, trials) == []


def test_two_numbers_without_a_value_between_are_choices() -> None:
    """Two numbers are choices unless the search tried a value between them."""
    assert are_choices([3, 5], [3, 5, 5, 3])
    assert not are_choices([3, 5], [3, 4, 5])


def test_a_hyperparameter_without_a_range_is_left_alone() -> None:
    """Hyperparameters without a recorded range are ignored, as is a search without trials."""
    assert optima_at_edges({"tuner/epochs": 5}, {}, best_near(1.0, [0.1, 1.0])) == []
    assert optima_at_edges({"x": 0.6}, {"x": [0.1, 0.6]}, []) == []


@pytest.mark.parametrize(
    ("score", "least", "most"),
    [(lambda _, noise: noise, 0.0, 0.06), (lambda values, noise: values[0] + noise / 9, 0.7, 1.0)],
    ids=["nothing matters", "the largest value of one is best"],
)
def test_an_edge_is_seldom_flagged_by_chance(
    score: Callable[[list[float], float], float], least: float, most: float
) -> None:
    """In at most 6 of 100 searches if nothing matters, and in most if a hyperparameter does."""
    random, names = np.random.default_rng(1), [f"x{number}" for number in range(8)]
    ranges: dict[str, list[HyperparameterValue]] = {name: [0.1, 1.0] for name in names}
    ranges |= {name: [1, 2, 3, 4] for name in names[4:]}
    flagged = []
    for _ in range(200):
        trials = []
        for _ in range(40):
            drawn = [*random.uniform(0.1, 1.0, 4).tolist(), *random.integers(1, 5, 4).tolist()]
            trials.append(scored_trial(score(drawn, random.normal()), **dict(zip(names, drawn, strict=True))))
        best = max(trials, key=lambda each: each.score or -9)
        near_top = dict(best.hyperparameters)
        if score([1.0] * 8, 0) > 0:
            near_top["x0"] = 1.0
        flagged.append(bool(optima_at_edges(near_top, ranges, trials)))
    assert least <= np.mean(flagged) <= most
