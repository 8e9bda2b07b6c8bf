"""Importance of hyperparameters."""

import numpy as np
import pytest

from tests.synthetic_trials import scored_trial
from tunebench.comparison.importance import importance
from tunebench.records import Importance, TrialRecord


def trials(number: int) -> list[TrialRecord]:
    """Trials whose scores depend on the learning rate and slightly on the optimizer."""
    random = np.random.default_rng(0)
    made = []
    for _ in range(number):
        rate = float(10 ** random.uniform(-4, -1))
        optimizer = str(random.choice(["adam", "sgd"]))
        units = int(random.integers(16, 256))
        score = 0.8 - 0.1 * abs(np.log10(rate) + 2.5) - 0.02 * (optimizer == "sgd") + random.normal(0, 0.002)
        made.append(scored_trial(float(score), learning_rate=rate, optimizer=optimizer, units=units, fixed=3))
    return made


def test_the_most_important_come_first() -> None:
    """Hyperparameters are ranked by importance, those that never vary are left out, and runs agree."""
    found = importance(trials(100))
    assert list(found.shares)[:2] == ["learning_rate", "optimizer"]
    assert "fixed" not in found.shares
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.explained > 0.8
    assert importance(trials(100)) == found


def test_what_does_not_matter_is_below_the_noise_floor() -> None:
    """Also in a search of thirty trials, in which the order of the others is chance."""
    found = importance(trials(30))
    assert found.shares["units"] < found.floor < found.shares["learning_rate"]


def test_few_trials_show_nothing() -> None:
    """Ten trials need a score."""
    failed = [scored_trial(None, learning_rate=0.1) for _ in range(30)]
    assert importance([*trials(29), *failed]).shares
    assert importance([*trials(9), *failed]) == Importance(trials=9)


@pytest.mark.parametrize("seed", range(4))
def test_random_scores_give_no_importance(seed: int) -> None:
    """Scores that do not depend on the hyperparameters give no importance."""
    random = np.random.default_rng(seed)
    values = random.random((60, 3))
    found = importance([scored_trial(float(score), x=float(x), y=float(y)) for score, x, y in values])
    assert found == Importance(trials=60)


def test_equal_scores_or_values_have_no_importance() -> None:
    """Constant scores or constant values give no importance."""
    assert not importance([scored_trial(0.5, x=float(number)) for number in range(40)]).shares
    assert not importance([scored_trial(number / 100, x=1.0) for number in range(40)]).shares


def test_hyperparameters_that_only_some_trials_have() -> None:
    """A conditional hyperparameter may be missing from some trials."""
    made = [
        scored_trial(0.5 + 0.3 * (number % 2), **({"extra": 1.5} if number % 2 else {"x": number}))
        for number in range(40)
    ]
    found = importance(made)
    assert found.explained > 0.9


def test_trials_of_different_budgets_are_not_mixed() -> None:
    """Only trials of the largest Hyperband budget with ten trials count."""
    random = np.random.default_rng(0)
    made = []
    for budget, number in ((3, 40), (10, 24), (30, 4)):
        for _ in range(number):
            rate, other = float(random.random()), budget + float(random.random())
            made.append(
                scored_trial(
                    0.1 + 0.3 * rate + budget / 100, rate=rate, other=other, **{"tuner/epochs": budget}
                )
            )
    found = importance(made)
    assert found.trials == 24
    assert next(iter(found.shares)) == "rate"
