"""What mattered in a search is found, and doubted where the trials are few."""

import numpy as np
import pytest

from tunebench.comparison.importance import importance
from tunebench.records import HyperparameterValue, TrialRecord


def trial(score: float | None, **hyperparameters: HyperparameterValue) -> TrialRecord:
    """A trial with these values and this score."""
    return TrialRecord(
        trial_id="0",
        status="failed" if score is None else "completed",
        hyperparameters=dict(hyperparameters),
        score=score,
        started_at="2026-11-24T09:00:00+01:00",
        elapsed_seconds=1.0,
        seed=0,
    )


def trials(number: int) -> list[TrialRecord]:
    """Scores that follow the learning rate, a little the optimizer, and nothing else."""
    random = np.random.default_rng(0)
    made = []
    for _ in range(number):
        rate = float(10 ** random.uniform(-4, -1))
        optimizer = str(random.choice(["adam", "sgd"]))
        score = 0.8 - 0.1 * abs(np.log10(rate) + 2.5) - 0.02 * (optimizer == "sgd") + random.normal(0, 0.002)
        made.append(
            trial(
                float(score),
                learning_rate=rate,
                optimizer=optimizer,
                units=int(random.integers(16, 256)),
                fixed=3,
            )
        )
    return made


def test_what_matters_comes_first() -> None:
    """A reader would widen the range of a hyperparameter that does nothing."""
    found = importance(trials(100))
    assert found is not None
    assert list(found.shares)[:2] == ["learning_rate", "optimizer"]
    assert "fixed" not in found.shares
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.explained > 0.8
    assert found.reliable


def test_few_trials_are_a_hint_and_fewer_say_nothing() -> None:
    """A handful of trials would be read as a finding."""
    hint = importance(trials(20))
    assert hint is not None
    assert not hint.reliable
    assert importance(trials(9)) is None


def test_failed_trials_do_not_count() -> None:
    """A trial without a score would be taken for one with the score 0."""
    assert importance([*trials(9), *(trial(None, learning_rate=0.1) for _ in range(30))]) is None


@pytest.mark.parametrize("seed", range(4))
def test_scores_that_follow_nothing_explain_nothing(seed: int) -> None:
    """Noise would be shared out among the hyperparameters and look like importance."""
    random = np.random.default_rng(seed)
    noise = [
        trial(float(random.uniform(0.4, 0.6)), x=float(random.random()), y=float(random.random()))
        for _ in range(60)
    ]
    assert importance(noise) is None


@pytest.mark.parametrize("score", [0.5])
def test_equal_scores_or_values_have_no_importance(score: float) -> None:
    """A division by zero."""
    assert importance([trial(score, x=float(number)) for number in range(40)]) is None
    assert importance([trial(number / 100, x=1.0) for number in range(40)]) is None


def test_hyperparameters_that_only_some_trials_have() -> None:
    """A conditional hyperparameter is absent from half of the trials."""
    made = [
        trial(0.5 + 0.3 * (number % 2), **({"extra": 1.5} if number % 2 else {"x": number}))
        for number in range(40)
    ]
    found = importance(made)
    assert found is not None
    assert found.explained > 0.9


def test_trials_of_different_budgets_are_not_mixed() -> None:
    """Hyperband's epochs would move the scores, and a hyperparameter that goes with them get the credit."""
    random = np.random.default_rng(0)
    made = []
    for budget, number in ((3, 40), (10, 12), (30, 4)):
        for _ in range(number):
            rate, other = float(random.random()), budget + float(random.random())
            score = 0.1 + 0.3 * rate + budget / 100
            made.append(trial(score, rate=rate, other=other, **{"tuner/epochs": budget}))
    found = importance(made)
    assert found is not None
    assert found.trials == 12
    assert next(iter(found.shares)) == "rate"
