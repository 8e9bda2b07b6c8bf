"""The time of a whole command."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebench.records import TrainingRecord, TrialRecord, TrialSeconds
from tunebench.tuning.budget import Budget

EPOCHS = 10


def _trial(
    seconds: float,
    score: float | None = 0.5,
    *,
    trainings: int = 1,
    ended: float = 0,
    prefix: float = 0,
    epochs: int = EPOCHS,
    hyperband: bool = False,
) -> TrialRecord:
    """A trial of so many seconds, a fifth of them setup."""
    spent = TrialSeconds(prefix=prefix, setup=seconds / 5, fit=3 * seconds / 5, evaluate=seconds / 5)
    each = TrainingRecord(score=score or 0, epochs=epochs, history={}, seed=1)
    return TrialRecord(
        trial_id="0",
        status="failed" if score is None else "completed",
        hyperparameters={"tuner/epochs": epochs} if hyperband else {},
        score=score,
        epochs=epochs,
        trainings=[each] * trainings if trainings > 1 else [],
        started_at="",
        elapsed_seconds=ended,
        seconds=spent,
        seed=1,
    )


def _budget(seconds: float, passed: float, *, num_finals: int = 3, test_share: float = 0.25) -> Budget:
    return Budget(seconds, 50.0, num_finals, EPOCHS, test_share, now=lambda: 50.0 + passed)


def test_the_finals_share_is_held_back() -> None:
    """A search that uses up the time leaves a run without a model."""
    trials = [_trial(10, 0.4), _trial(20, 0.6), _trial(100, 0.2)]
    # Three finals like the best trial, which took 20 seconds, a margin, and two seconds each.
    assert _budget(600, 0).held_back(trials) == pytest.approx(3 * (20 * 1.15 + 2))
    assert _budget(600, 100).held_back([_trial(10, None)]) == 0
    # Five trainings of 4 seconds: a final is one of them.
    assert _budget(600, 0).held_back([_trial(20, trainings=5)]) == pytest.approx(3 * (4 * 1.15 + 2))


def test_test_images_pass_through_the_prefix_in_each_final() -> None:
    """A head that trains in five seconds is tested in a minute."""
    plain, with_prefix = _trial(20), _trial(20, prefix=80)
    more = _budget(600, 0).held_back([with_prefix]) - _budget(600, 0).held_back([plain])
    assert more == pytest.approx(3 * 80 * 0.25)


def test_a_trial_of_a_few_epochs_stands_for_finals_of_all() -> None:
    """Hyperband's first rounds train a tenth of what a final training does."""
    short = _trial(4, epochs=2, hyperband=True)
    # Setup, and ten epochs where the trial had two.
    assert _budget(600, 0).held_back([short]) == pytest.approx(3 * ((0.8 + 10 * 1.6) * 1.15 + 2))


def test_no_trial_begins_that_would_not_end_in_time() -> None:
    """It would be thrown away."""
    trials = [_trial(10, ended=15), _trial(10, ended=27), _trial(10, ended=38)]
    held_back = 3 * (10 * 1.15 + 2)
    assert _budget(100, 100 - held_back - 12).allows_another(trials)
    assert not _budget(100, 100 - held_back - 10).allows_another(trials)


def test_features_that_are_computed_in_most_trials_count() -> None:
    """A trial of two seconds may take a minute before it begins."""
    trials = [_trial(2, ended=60 * number) for number in (1, 2, 3)]
    assert not _budget(200, 150).allows_another(trials)


def test_the_first_trial_begins_whatever_the_time() -> None:
    """Without one there is nothing to train finally."""
    assert _budget(1, 100).allows_another([])


def test_a_trial_that_may_become_the_best_leaves_time_for_its_finals() -> None:
    """A slow winner's final trainings would take the budget three times over."""
    for finished in ([], [_trial(1)], [_trial(1, None)]):
        assert not _budget(100, 22).is_over(finished, training_seconds=20)
        assert _budget(100, 30).is_over(finished, training_seconds=20)


def test_a_later_trial_ends_when_the_finals_must_begin() -> None:
    """The command would end late."""
    assert not _budget(100, 55).is_over([_trial(10)], training_seconds=1)
    assert _budget(100, 61).is_over([_trial(10)], training_seconds=1)


def test_finals_train_as_long_as_the_time_allows() -> None:
    """A final training that goes on where its trial stopped early would end late."""
    assert _budget(600, 0).affordable_epochs(_trial(10)) is None
    # Of 50 seconds each final has 16.7; two aside, a margin, two of setup, 0.8 an epoch.
    slow = _trial(10)
    assert _budget(100, 50).affordable_epochs(slow) is None
    assert _budget(100, 75).affordable_epochs(slow) == int(((25 / 3 - 2) / 1.15 - 2) / 0.8)
    assert _budget(100, 200).affordable_epochs(slow) == 1


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.one_of(st.none(), st.floats(0, 1))), max_size=6),
    st.floats(0.1, 1e6),
    st.floats(0, 1e6),
    st.floats(0, 1e5),
)
def test_time_that_is_up_ends_every_trial(
    made: Sequence[tuple[float, float | None]], seconds: float, passed: float, training: float
) -> None:
    """A budget could be overrun for as long as a trial takes."""
    budget = _budget(seconds, passed)
    trials = [_trial(*each) for each in made]
    if passed >= seconds:
        assert budget.is_over(trials, training)
    assert budget.held_back(trials) >= 0
