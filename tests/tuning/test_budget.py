"""The time of a whole command."""

import math
from collections.abc import Sequence
from dataclasses import replace

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
    """A trial of this many seconds, a fifth of them setup."""
    global _number  # noqa: PLW0603 (each trial has another number)
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


def test_time_for_the_final_trainings_is_reserved() -> None:
    """The reserved time is that of the best trial's training, for each final training."""
    trials = [_trial(10, 0.4), _trial(20, 0.6), _trial(100, 0.2)]
    # Three finals like the best trial, which took 20 seconds, and two seconds each.
    assert _budget(600, 0).reserved(trials) == pytest.approx(3 * (20 + 2))
    assert _budget(600, 100).reserved([_trial(10, None)]) == 0
    # Five trainings of 4 seconds; a final training takes as long as one.
    several = [_trial(10, 0.4), _trial(20, trainings=5)]
    assert _budget(600, 0).reserved(several) == pytest.approx(3 * (4 + 2))


def test_a_quarter_of_the_budget_may_be_reserved_to_confirm_the_winner() -> None:
    """If confirming it takes longer, further trials come first; what they leave decides."""
    trials = [_trial(1, 0.1), _trial(20, 0.5)]
    long, short = replace(_budget(600, 0), num_again=3), replace(_budget(200, 0), num_again=3)
    assert long.reserved(trials) == pytest.approx((3 + 3) * (20 + 2))
    assert short.reserved(trials) == pytest.approx(3 * (20 + 2))
    late = _budget(600, 600 - 5 * 22)
    assert late.allows_again(2, trials)
    assert not late.allows_again(3, trials)
    assert late.allows_again(3, [_trial(1, None)])
    # The trial that was stopped for them ended some seconds late.
    assert _budget(600, 600 - 6 * 22 + 5).allows_again(3, trials)
    # A confirmation repeats all five trainings of 4 seconds, a final training one of them.
    several = [_trial(10, 0.4), _trial(20, trainings=5)]
    assert _budget(600, 600 - 3 * 6 - 40).allows_again(2, several)
    assert not _budget(600, 600 - 3 * 6 - 40).allows_again(3, several)


def test_what_follows_the_trials_is_expected_to_take_as_long_as_the_best_ones() -> None:
    """A final training is kept, which takes two seconds; a confirmation repeats all trainings of a trial."""
    trials = [_trial(1, 0.1), _trial(20, 0.5), _trial(90, 0.9, pruned=True), _trial(10, 0.6)]
    budget = _budget(math.inf, 0)
    assert budget.expected([_trial(10, None)]) == 0
    assert budget.expected(trials) == pytest.approx(3 * (10 + 2))
    # The mean of the two best.
    assert replace(budget, num_again=2).expected(trials) == pytest.approx(3 * (15 + 2) + 2 * 15)
    several = [_trial(10, 0.4), _trial(20, trainings=5)]
    assert replace(budget, num_again=1).expected(several) == pytest.approx(3 * (4 + 2) + 20)


def test_the_start_of_the_process_is_not_reserved() -> None:
    """If the first trial is the best, its setup is reduced, since it includes the start of the process."""
    first = _trial(20)
    assert _budget(600, 0).reserved([first]) == pytest.approx(3 * (0.7 * 4 + 16 + 2))
    # The median of the other trials' setups, 2 and 1, and 0.7 of 4.
    others = [_trial(10, 0.4), _trial(5, 0.3)]
    assert _budget(600, 0).reserved([first, *others]) == pytest.approx(3 * (2 + 16 + 2))


@pytest.mark.parametrize("value", ["front", 0, 2.5])
def test_a_users_hyperparameter_may_be_called_views(value: str | float) -> None:
    """It does not count then as the number of versions of each image."""
    own = replace(_trial(20), hyperparameters={"views": value})
    assert _budget(600, 0).reserved([own]) == _budget(600, 0).reserved([replace(own, hyperparameters={})])


def test_time_for_the_features_of_test_images_is_reserved() -> None:
    """Each final training computes the frozen features of the test images."""
    plain, with_prefix = _trial(20), _trial(20, prefix=80)
    more = _budget(600, 0).reserved([with_prefix]) - _budget(600, 0).reserved([plain])
    assert more == pytest.approx(3 * 80 * 0.25)


def test_time_for_the_views_of_validation_images_is_reserved() -> None:
    """Final trainings of several seeds need all views, which are computed once for all."""
    trial = _trial(20, prefix=80)
    trial.hyperparameters["views"] = 4
    more = replace(_budget(600, 0), pooled_share=0.25).reserved([trial]) - _budget(600, 0).reserved([trial])
    # Three views of 80 / 4 s each, for a quarter as many images.
    assert more == pytest.approx(3 * 20 * 0.25)


def test_final_trainings_of_a_hyperband_trial_train_all_epochs() -> None:
    """The reserved time is that of all epochs, although the trial trained only two."""
    short = _trial(4, epochs=2, hyperband=True)
    # Setup, and ten epochs where the trial had two.
    reserved = _budget(600, 0).reserved([_trial(4, 0.1), short])
    assert reserved == pytest.approx(3 * (0.8 + 10 * 1.6 + 2))


def test_a_trial_starts_if_a_short_one_would_end_in_time() -> None:
    """The next trial starts if the shortest would end in time, or 4 % of the budget is left."""
    trials = [_trial(10, ended=15), _trial(10, ended=27), _trial(10, ended=38)]
    reserved = _budget(1000, 0).reserved(trials)
    assert _budget(1000, 1000 - reserved - 11).allows_another(trials)
    assert not _budget(1000, 1000 - reserved - 9).allows_another(trials)
    # No trial was as short as 5 s, but 5 s are a twentieth of the budget.
    assert _budget(100, 100 - reserved - 5).allows_another(trials)
    assert not _budget(100, 100 - reserved - 3).allows_another(trials)


def test_the_first_trial_always_starts() -> None:
    """Even if the budget is used up, since a final training needs a trial."""
    assert _budget(1, 100).allows_another([])


def test_the_only_trial_leaves_time_for_its_final_trainings() -> None:
    """It stops when the remaining time is what its final trainings would take."""
    for finished in ([], [_trial(1, None)]):
        assert not _budget(100, 22).is_over(finished, training_seconds=20)
        assert _budget(100, 35).is_over(finished, training_seconds=20)


def test_a_later_trial_stops_when_the_final_trainings_must_start() -> None:
    """A running trial is over when only the reserved time is left."""
    finished = [_trial(1, 0.1), _trial(10)]
    assert not _budget(100, 63).is_over(finished, training_seconds=1)
    assert _budget(100, 65).is_over(finished, training_seconds=1)


def test_the_best_affordable_trial_wins() -> None:
    """A better trial is passed over if less than half of its final trainings fits into the remaining time."""
    trials = [_trial(1, 0.1), _trial(10, 0.5), _trial(40, 0.6), _trial(5, 0.4)]
    assert _budget(200, 40).affordable(trials)[0] is trials[2]
    # Each of three has 20 seconds: enough for a third of the epochs.
    assert _budget(200, 150).affordable(trials)[0] is trials[1]
    # 30 seconds: enough for more than half, so they are shortened.
    assert _budget(200, 120).affordable(trials)[0] is trials[2]
    assert _budget(200, 120).affordable_epochs(trials[2], trials) is not None
    # None fits: the best of all.
    assert _budget(200, 206).affordable(trials)[0] is trials[2]
    assert _budget(200, 0).affordable([_trial(1, None)]) == []


def test_a_pruned_trial_does_not_win() -> None:
    """A pruned trial is not chosen, even if it is the only one whose final trainings seem affordable."""
    trials = [_trial(10, 0.5), _trial(40, 0.6), _trial(2, 0.4, epochs=2, pruned=True)]
    assert _budget(200, 206).affordable(trials)[0] is trials[1]


def test_final_trainings_are_shortened_to_the_remaining_time() -> None:
    """The affordable epochs follow from the cost of an epoch; at least one is trained."""
    slow = _trial(10)
    trials = [_trial(1, 0.1), slow]
    assert _budget(600, 0).affordable_epochs(slow, trials) is None
    # Each has a third of 50 seconds and 5 of tolerance: 2 for saving, 2 of setup, 0.8 per epoch.
    assert _budget(100, 50).affordable_epochs(slow, trials) is None
    assert _budget(100, 75).affordable_epochs(slow, trials) == int((30 / 3 - 2 - 2) / 0.8)
    assert _budget(100, 200).affordable_epochs(slow, trials) == 1


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.one_of(st.none(), st.floats(0, 1))), max_size=6),
    st.floats(0.1, 1e6),
    st.floats(0, 1e6),
    st.floats(0, 1e5),
)
def test_every_trial_stops_when_the_budget_is_used_up(
    made: Sequence[tuple[float, float | None]], seconds: float, passed: float, training: float
) -> None:
    """Whatever trials have finished, and the reserved time is never negative."""
    budget = _budget(seconds, passed)
    trials = [_trial(*each) for each in made]
    if passed >= seconds:
        assert budget.is_over(trials, training)
    assert budget.reserved(trials) >= 0
