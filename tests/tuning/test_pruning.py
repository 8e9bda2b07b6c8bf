"""Pruning of trials that fall behind."""

from collections.abc import Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.small import TINY_SPACE
from tests.tuning.searches import SETTINGS, interrupted, ledger, prepare, records, search, search_record
from tunebench import spaces
from tunebench.objectives import OBJECTIVES
from tunebench.progress import SilentProgress
from tunebench.records import TrialRecord
from tunebench.tuning.executor import InProcessExecutor
from tunebench.tuning.pruning import NUM_COMPARED, Curves
from tunebench.tuning.task import TrialTask, best_of

EPOCHS = 10
CURVES = st.lists(st.floats(0, 1), min_size=1, max_size=EPOCHS)
# Half of its models learn nothing.
UNEQUAL = TINY_SPACE.replace("[0.003, 0.01, 0.03], default=0.01", "[1e-9, 0.01], default=0.01")
PRUNED = replace(SETTINGS, tuner="random", trials=6, epochs=4, prune=True, augment=False)


def _record(curve: list[float], status: Any = "completed") -> TrialRecord:
    return TrialRecord(
        trial_id="0",
        status=status,
        hyperparameters={},
        score=max(curve),
        epochs=len(curve),
        history={"val_accuracy": [*curve]},
        started_at="",
        elapsed_seconds=0,
        seed=0,
    )


def _curves(records: Sequence[TrialRecord], epochs: int, chance: float = -inf) -> Curves:
    curves = Curves(epochs, chance)
    for record in records:
        curves.add(record)
    return curves


def _floors(curves: Curves, epochs: int) -> list[float]:
    return [*map(curves.floors(), range(1, epochs + 1))]


@given(curves=st.lists(CURVES, max_size=12), epochs=st.integers(1, EPOCHS))
def test_a_floor_is_the_median_of_the_best_so_far(curves: list[list[float]], epochs: int) -> None:
    """By epoch, it is the median of the trials' best accuracy so far; the first third has no floor."""
    found = _floors(_curves([_record(curve[:epochs]) for curve in curves], epochs), epochs)
    for epoch, floor in enumerate(found, start=1):
        if len(curves) < NUM_COMPARED or epoch < epochs / 3:
            assert floor == -inf
        else:
            assert floor == median(max(curve[:epochs][:epoch]) for curve in curves)
    assert found == sorted(found)


def test_a_trial_that_learns_nothing_is_stopped_without_others() -> None:
    """After three epochs, and a tenth of them, it must be above chance."""
    assert _floors(Curves(5, chance=0.12), 5) == [-inf, -inf, -inf, 0.12, 0.12]
    assert _floors(Curves(60, chance=0.12), 60) == [*[-inf] * 6, *[0.12] * 54]
    better = _curves([_record([0.1, 0.2, 0.3, 0.3, 0.4])] * NUM_COMPARED, 5, chance=0.12)
    assert _floors(better, 5) == [-inf, 0.2, 0.3, 0.3, 0.4]
    assert better.floors().reason(0.12) == "chance"
    assert better.floors().reason(0.3) == "the median of earlier trials"


def test_a_billion_epochs_take_no_memory() -> None:
    """A search may be left to its budget."""
    floors = _curves([_record([0.1, 0.2])] * NUM_COMPARED, 10**9, chance=0.12).floors()
    assert (floors(10**8), floors(10**9)) == (-inf, 0.2)


def test_losses_are_compared_like_scores() -> None:
    """The floor is the median of minus the best loss, and a pruned trial gains what others did."""
    curves = Curves(4, objective=OBJECTIVES["loss"])
    for losses in ([2.0, 1.5, 1.6, 0.5], [3.0, 2.0, 1.0, 1.0], [2.5, 1.0, 0.9, 0.8]):
        curves.add(replace(_record([-min(losses)]), epochs=4, history={"val_loss": [*losses]}))
    assert _floors(curves, 4) == [-inf, -1.5, -1.0, -0.8]
    pruned = replace(_record([-4.0], "pruned"), epochs=2, history={"val_loss": [5.0, 4.0]})
    # From the second epoch on, the others gained 1, 1 and 0.2.
    assert curves.expected_score(pruned) == -3.0


def test_a_pruned_trial_is_expected_to_gain_what_others_did() -> None:
    """Its score is multiplied by the median gain of complete trainings after the epoch it reached."""
    complete = [_record([0.2, 0.4, 0.6]), _record([0.1, 0.2, 0.4, 0.5]), _record([0.5, 0.5, 0.5])]
    stopped = _record([0.1, 0.3], "pruned")
    # After the second epoch they gained factors of 1.5, 2.5 and 1.
    curves = _curves(complete, 4)
    assert curves.expected_score(stopped) == pytest.approx(0.3 * 1.5)
    assert curves.expected_score(_record([0.1, 0.3])) == 0.3
    assert curves.expected_score(replace(stopped, score=None, status="failed")) is None
    assert _curves([_record([0.2, 0.2], "pruned")], 4).expected_score(stopped) == 0.3


@given(curve=CURVES, curves=st.lists(CURVES, max_size=6))
def test_an_expected_score_is_an_accuracy(curve: list[float], curves: list[list[float]]) -> None:
    """It is at least what the trial reached and at most 1, even with curves that start at zero."""
    record = _record(curve, "pruned")
    found = _curves([_record(each) for each in curves], EPOCHS).expected_score(record)
    assert found is not None
    assert max(curve) <= found <= 1


def test_a_pruned_trial_does_not_count_in_epochs_that_it_did_not_reach() -> None:
    """The median is over trials that reached the epoch or completed before it."""
    good = [_record([0.5, 0.6, 0.7])] * NUM_COMPARED
    bad = [_record([0.1], "pruned")] * (NUM_COMPARED + 1)
    assert _floors(_curves([*good, *bad], 3), 3) == [0.1, 0.6, 0.7]
    # A trial that completed early counts in later epochs.
    early = [_record([0.1])] * (NUM_COMPARED + 1)
    assert _floors(_curves([*good, *early], 3), 3) == [0.1, 0.1, 0.1]
    failed = replace(good[0], history={}, score=None, status="failed")
    assert _floors(_curves([*good, failed], 3), 3) == [0.5, 0.6, 0.7]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same search with pruning and without."""
    folder = tmp_path_factory.mktemp("runs")
    preparation = prepare(folder, UNEQUAL)
    search(preparation, folder / "pruned", PRUNED)
    search(preparation, folder / "complete", replace(PRUNED, prune=False))
    return folder


@pytest.mark.slow
def test_trials_that_learn_nothing_are_pruned(runs: Path) -> None:
    """Once three trials have finished, trials that learn nothing are pruned; the best trial is not."""
    pruned, complete = records(runs / "pruned"), records(runs / "complete")
    assert {record.status for record in complete} == {"completed"}
    # The first three are what the others are compared with.
    assert {record.status for record in pruned[:NUM_COMPARED]} == {"completed"}
    hopeless = [record for record in pruned[NUM_COMPARED:] if record.hyperparameters["learning_rate"] == 1e-9]
    assert hopeless
    for record in hopeless:
        assert record.status == "pruned"
        assert record.epochs < PRUNED.epochs
        assert str(record.message).endswith(", which is the median of earlier trials")
        assert record.score == max(value or 0.0 for value in record.history["val_accuracy"])
    assert max(record.score or 0 for record in pruned) == max(record.score or 0 for record in complete)


@pytest.mark.slow
def test_pruning_only_shortens_trials(runs: Path) -> None:
    """A pruned trial has the hyperparameters and the first epochs of the complete one."""
    for pruned, complete in zip(ledger(runs / "pruned"), ledger(runs / "complete"), strict=True):
        assert pruned["hyperparameters"] == complete["hyperparameters"]
        for name, values in pruned["history"].items():
            assert values == complete["history"][name][: pruned["epochs"]]


@pytest.mark.slow
def test_a_pruned_search_resumes_exactly(runs: Path, tmp_path: Path) -> None:
    """An interrupted search ends with the same trials, and the winner counts the pruned ones."""
    expected = ledger(runs / "pruned")
    folder = interrupted(runs / "pruned", tmp_path / "cut", 4)
    found = search_record(search(prepare(runs, UNEQUAL), folder, PRUNED))
    assert ledger(folder) == expected
    assert (found.trials, found.completed, found.failed) == (PRUNED.trials, PRUNED.trials, 0)
    assert found.pruned == [record["status"] for record in expected].count("pruned") > 0


@pytest.mark.slow
def test_a_pruned_trial_has_no_further_training(tmp_path: Path) -> None:
    """Only the first training of a trial is compared with others; if it falls behind, it is the last."""
    preparation = prepare(tmp_path, UNEQUAL)
    hp = spaces.declare(preparation.space, preparation.data.image_shape, preparation.data.num_classes)
    floors = _curves([_record([1.0, 1.0])] * NUM_COMPARED, 2).floors()
    task = TrialTask(trial_id="0", hyperparameters=hp, seed=1, epochs=2, floors=floors)
    outcome = InProcessExecutor(preparation, replace(PRUNED, executions=2), SilentProgress()).run(task)
    assert (outcome.status, len(outcome.trainings), outcome.epochs) == ("pruned", 1, 1)


def test_a_pruned_trial_is_not_the_best() -> None:
    """Its score may be higher, as that of its first training alone, but it was behind in that training."""
    completed = [_record([score]) for score in (0.5, 0.6, 0.55)]
    assert best_of([*completed, _record([0.7], "pruned")]) is completed[1]
    cut = _record([0.4], "cut")
    assert best_of([cut]) is cut
