"""The time of a whole command."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebench.records import TrainingRecord, TrialRecord, TrialSeconds
from tunebench.tuning.budget import Budget

EPOCHS = 10
_number = 0


def _trial(
    seconds: float,
    score: float | None = 0.5,
    *,
    trainings: int = 1,
    ended: float = 0,
    prefix: float = 0,
    epochs: int = EPOCHS,
    hyperband: bool = False,
    pruned: bool = False,
) -> TrialRecord:
    """A trial of so many seconds, a fifth of them setup."""
    global _number  # noqa: PLW0603 (a trial's number is its own)
    _number += 1
    spent = TrialSeconds(prefix=prefix, setup=seconds / 5, fit=3 * seconds / 5, evaluate=seconds / 5)
    each = TrainingRecord(score=score or 0, epochs=epochs, history={}, seed=1)
    return TrialRecord(
        trial_id=f"{_number:04}",
        status="failed" if score is None else "pruned" if pruned else "completed",
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
    # Three finals like the best trial, which took 20 seconds, and two seconds each.
    assert _budget(600, 0).held_back(trials) == pytest.approx(3 * (20 + 2))
    assert _budget(600, 100).held_back([_trial(10, None)]) == 0
    # Five trainings of 4 seconds: a final is one of them.
    several = [_trial(10, 0.4), _trial(20, trainings=5)]
    assert _budget(600, 0).held_back(several) == pytest.approx(3 * (4 + 2))


def test_what_only_the_first_training_of_a_process_pays_is_not_held_back() -> None:
    """The first trial would be taken for the measure of all, and the search would end after it."""
    first = _trial(20)
    assert _budget(600, 0).held_back([first]) == pytest.approx(3 * (0.7 * 4 + 16 + 2))
    # The others' median, where there are others: 2 and 1 beside 0.7 of 4.
    others = [_trial(10, 0.4), _trial(5, 0.3)]
    assert _budget(600, 0).held_back([first, *others]) == pytest.approx(3 * (2 + 16 + 2))


def test_test_images_pass_through_the_prefix_in_each_final() -> None:
    """A head that trains in five seconds is tested in a minute."""
    plain, with_prefix = _trial(20), _trial(20, prefix=80)
    more = _budget(600, 0).held_back([with_prefix]) - _budget(600, 0).held_back([plain])
    assert more == pytest.approx(3 * 80 * 0.25)


def test_a_trial_of_a_few_epochs_stands_for_finals_of_all() -> None:
    """Hyperband's first rounds train a tenth of what a final training does."""
    short = _trial(4, epochs=2, hyperband=True)
    # Setup, and ten epochs where the trial had two.
    held_back = _budget(600, 0).held_back([_trial(4, 0.1), short])
    assert held_back == pytest.approx(3 * (0.8 + 10 * 1.6 + 2))


def test_a_trial_begins_where_the_shortest_would_end_or_much_time_is_left() -> None:
    """The command would end long before its time."""
    trials = [_trial(10, ended=15), _trial(10, ended=27), _trial(10, ended=38)]
    held_back = _budget(1000, 0).held_back(trials)
    assert _budget(1000, 1000 - held_back - 11).allows_another(trials)
    assert not _budget(1000, 1000 - held_back - 9).allows_another(trials)
    # No trial was so short, but it is a twentieth of the time.
    assert _budget(100, 100 - held_back - 5).allows_another(trials)
    assert not _budget(100, 100 - held_back - 3).allows_another(trials)


def test_the_first_trial_begins_whatever_the_time() -> None:
    """Without one there is nothing to train finally."""
    assert _budget(1, 100).allows_another([])


def test_the_only_trial_leaves_time_for_its_finals() -> None:
    """Its final trainings would take the budget three times over."""
    for finished in ([], [_trial(1, None)]):
        assert not _budget(100, 22).is_over(finished, training_seconds=20)
        assert _budget(100, 35).is_over(finished, training_seconds=20)


def test_a_later_trial_ends_when_the_finals_must_begin() -> None:
    """The command would end late."""
    finished = [_trial(1, 0.1), _trial(10)]
    assert not _budget(100, 63).is_over(finished, training_seconds=1)
    assert _budget(100, 65).is_over(finished, training_seconds=1)


def test_a_better_trial_whose_finals_take_too_long_does_not_win() -> None:
    """Its final trainings would be cut short, or end late."""
    trials = [_trial(1, 0.1), _trial(10, 0.5), _trial(40, 0.6), _trial(5, 0.4)]
    assert _budget(200, 40).choose(trials) is trials[2]
    assert _budget(200, 150).choose(trials) is trials[1]
    # Nothing fits: then the best of all, for as many epochs as there is time for.
    assert _budget(200, 206).choose(trials) is trials[2]
    assert _budget(200, 0).choose([_trial(1, None)]) is None


def test_a_pruned_trial_does_not_win_for_it_was_short() -> None:
    """Its final trainings seem to fit, for it trained few epochs; and others were ahead of it."""
    trials = [_trial(10, 0.5), _trial(40, 0.6), _trial(2, 0.4, epochs=2, pruned=True)]
    assert _budget(200, 206).choose(trials) is trials[1]


def test_finals_train_as_long_as_the_time_allows() -> None:
    """A final training that goes on where its trial stopped early would end late."""
    slow = _trial(10)
    trials = [_trial(1, 0.1), slow]
    assert _budget(600, 0).affordable_epochs(slow, trials) is None
    # Of 50 seconds, and five that it may be late, each has 18.3: two aside, two of setup, 0.8 an epoch.
    assert _budget(100, 50).affordable_epochs(slow, trials) is None
    assert _budget(100, 75).affordable_epochs(slow, trials) == int((30 / 3 - 2 - 2) / 0.8)
    assert _budget(100, 200).affordable_epochs(slow, trials) == 1


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
