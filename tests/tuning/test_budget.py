"""The time of a whole command."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tunebench.records import TrialRecord, TrialSeconds
from tunebench.tuning.budget import Budget, trained


def _trial(seconds: float, score: float | None = 0.5, trainings: int = 1) -> TrialRecord:
    spent = TrialSeconds(prefix=1000, setup=seconds / 4, fit=seconds / 2, evaluate=seconds / 4)
    return TrialRecord(
        trial_id="0",
        status="failed" if score is None else "completed",
        hyperparameters={},
        score=score,
        scores=[] if score is None else [score] * trainings,
        started_at="",
        elapsed_seconds=0,
        seconds=spent,
        seed=1,
    )


def _budget(seconds: float, passed: float, num_finals: int = 3) -> Budget:
    return Budget(seconds, began=50.0, num_finals=num_finals, now=lambda: 50.0 + passed)


def test_the_finals_share_is_held_back() -> None:
    """A search that uses up the time leaves a run without a model."""
    trials = [_trial(10, 0.4), _trial(20, 0.6), _trial(100, 0.2)]
    # Three finals like the best trial, which took 20 seconds, and a margin.
    assert 60 < _budget(600, 0).held_back(trials) < 75
    assert 600 - 100 - 75 < _budget(600, 100).left_for_search(trials) < 600 - 100 - 60
    assert _budget(600, 100).held_back([_trial(10, None)]) == 0
    # Five trainings of 4 seconds: a final is one of them.
    assert 12 < _budget(600, 0).held_back([_trial(20, 0.6, trainings=5)]) < 15


def test_no_trial_begins_that_would_not_end_in_time() -> None:
    """It would be thrown away."""
    trials = [_trial(10), _trial(12), _trial(11)]
    assert _budget(100, 40).allows_another(trials)
    assert not _budget(100, 60).allows_another(trials)


def test_the_first_trial_begins_whatever_the_time() -> None:
    """Without one there is nothing to train finally."""
    assert _budget(1, 100).allows_another([])


def test_the_first_trial_may_have_one_part_of_four() -> None:
    """The three finals that follow it train as long as it did."""
    assert not _budget(100, 22).is_over([], trial_seconds=20)
    assert _budget(100, 30).is_over([], trial_seconds=25)


def test_a_later_trial_ends_when_the_finals_must_begin() -> None:
    """The command would end late."""
    trials = [_trial(10)]
    assert not _budget(100, 60).is_over(trials, trial_seconds=1)
    assert _budget(100, 66).is_over(trials, trial_seconds=1)


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.one_of(st.none(), st.floats(0, 1))), max_size=6),
    st.floats(0.1, 1e6),
    st.floats(0, 1e6),
)
def test_time_that_is_up_allows_nothing(
    made: Sequence[tuple[float, float | None]], seconds: float, passed: float
) -> None:
    """A budget could be overrun for as long as trials are short."""
    trials = [_trial(*each) for each in made]
    budget = _budget(seconds, passed)
    if trials and budget.is_over(trials, 0) and any(trained(trial) > 0 for trial in trials):
        assert not budget.allows_another(trials) or min(trained(trial) for trial in trials) == 0
