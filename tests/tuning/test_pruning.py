"""Stopping trials that earlier ones were ahead of."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.small import TINY_SPACE
from tests.tuning.searches import SETTINGS, ledger, prepare, search
from tunebench.records import TrialRecord
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.pruning import NUM_COMPARED, Curves
from tunebench.tuning.task import best_of

EPOCHS = 10
CURVES = st.lists(st.floats(0, 1), min_size=1, max_size=EPOCHS)
# Half of its models learn nothing.
UNEQUAL = TINY_SPACE.replace("[0.003, 0.01, 0.03], default=0.01", "[1e-9, 0.01], default=0.01")
PRUNED = replace(SETTINGS, tuner="random", trials=8, epochs=4, prune=True, augment=False)


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


def _curves(records: Sequence[TrialRecord], epochs: int) -> Curves:
    curves = Curves(epochs)
    for record in records:
        curves.add(record)
    return curves


@given(curves=st.lists(CURVES, max_size=12), epochs=st.integers(1, EPOCHS))
def test_a_floor_is_the_median_of_the_best_so_far(curves: list[list[float]], epochs: int) -> None:
    """Good trials would be stopped, or a trial judged by one noisy epoch instead of its best."""
    found = _curves([_record(curve[:epochs]) for curve in curves], epochs).floors()
    assert len(found) == epochs
    for epoch, floor in enumerate(found, start=1):
        if len(curves) < NUM_COMPARED or epoch < 0.2 * epochs:
            assert floor == 0
        else:
            assert floor == median(max(curve[:epochs][:epoch]) for curve in curves)
    # What a trial has reached is never lost, so less cannot be asked of it later.
    asked = [floor for floor in found if floor]
    assert asked == sorted(asked)


def test_a_stopped_trial_is_expected_to_gain_what_others_did() -> None:
    """Beside whole trainings a trial of two epochs would look hopeless, and so would all that is like it."""
    whole = [_record([0.2, 0.4, 0.6]), _record([0.1, 0.2, 0.4, 0.5]), _record([0.5, 0.5, 0.5])]
    stopped = _record([0.1, 0.3], "pruned")
    # They gained 1.5, 2.5 and 1 times from the second epoch on.
    curves = _curves(whole, 4)
    assert curves.expected_score(stopped) == pytest.approx(0.3 * 1.5)
    assert curves.expected_score(_record([0.1, 0.3])) == 0.3
    assert curves.expected_score(replace(stopped, score=None, status="failed")) is None
    assert _curves([_record([0.2, 0.2], "pruned")], 4).expected_score(stopped) == 0.3


@given(curve=CURVES, curves=st.lists(CURVES, max_size=6))
def test_what_is_expected_is_an_accuracy_and_no_less_than_what_was_reached(
    curve: list[float], curves: list[list[float]]
) -> None:
    """A curve that began at nought would make it infinite."""
    record = _record(curve, "pruned")
    found = _curves([_record(each) for each in curves], EPOCHS).expected_score(record)
    assert found is not None
    assert max(curve) <= found <= 1


def test_a_stopped_trial_has_no_say_in_epochs_that_it_did_not_reach() -> None:
    """Bad trials stopped early would pull the median down, until hardly any trial is stopped."""
    good = [_record([0.5, 0.6, 0.7])] * NUM_COMPARED
    bad = [_record([0.1], "pruned")] * (NUM_COMPARED + 1)
    assert _curves([*good, *bad], 3).floors() == (0.1, 0.6, 0.7)
    # One that ended by itself had its chance.
    early = [_record([0.1])] * (NUM_COMPARED + 1)
    assert _curves([*good, *early], 3).floors() == (0.1, 0.1, 0.1)
    failed = replace(good[0], history={}, score=None, status="failed")
    assert _curves([*good, failed], 3).floors() == (0.5, 0.6, 0.7)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same search with pruning and without."""
    folder = tmp_path_factory.mktemp("runs")
    search(prepare(folder, UNEQUAL), folder / "pruned", PRUNED)
    search(prepare(folder, UNEQUAL), folder / "whole", replace(PRUNED, prune=False))
    return folder


def test_trials_that_learn_nothing_are_stopped_and_others_are_not(runs: Path) -> None:
    """Time would be spent on hopeless trials, or the winner be lost."""
    pruned = Ledger.open(runs / "pruned" / "trials.jsonl").records
    whole = Ledger.open(runs / "whole" / "trials.jsonl").records
    assert {record.status for record in whole} == {"completed"}
    stopped = [record for record in pruned if record.status == "pruned"]
    # The first few are what the others are compared with.
    assert 0 < len(stopped) <= len(pruned) - NUM_COMPARED
    hopeless = [record for record in pruned[NUM_COMPARED:] if record.hyperparameters["learning_rate"] == 1e-9]
    assert hopeless
    for record in hopeless:
        assert record.status == "pruned"
        assert record.epochs < PRUNED.epochs
        assert "the median of earlier trials" in str(record.message)
        assert record.score == max(value or 0.0 for value in record.history["val_accuracy"])
    assert max(record.score or 0 for record in pruned) == max(record.score or 0 for record in whole)


def test_a_pruned_trial_is_the_beginning_of_the_whole_one(runs: Path) -> None:
    """Pruning would change what is tried or how, and its gain could not be told from chance."""
    for pruned, whole in zip(ledger(runs / "pruned"), ledger(runs / "whole"), strict=True):
        assert pruned["hyperparameters"] == whole["hyperparameters"]
        for name, values in pruned["history"].items():
            assert values == whole["history"][name][: pruned["epochs"]]


def test_the_run_tells_how_many_were_stopped(runs: Path) -> None:
    """Readers would take a stopped trial for a finished one."""
    winner = search(prepare(runs, UNEQUAL), runs / "pruned", PRUNED)
    statuses = [record["status"] for record in ledger(runs / "pruned")]
    found = winner.search
    assert (found.trials, found.completed, found.failed) == (PRUNED.trials, PRUNED.trials, 0)
    assert found.pruned == statuses.count("pruned")


def test_a_pruned_search_that_was_cut_ends_as_one_that_was_not(runs: Path, tmp_path: Path) -> None:
    """What a trial is compared with would depend on where the search was interrupted."""
    expected = ledger(runs / "pruned")
    for trials in (6, PRUNED.trials):
        search(prepare(tmp_path, UNEQUAL), tmp_path / "cut", replace(PRUNED, trials=trials))
    assert ledger(tmp_path / "cut") == expected


def test_the_first_of_several_trainings_is_judged(tmp_path: Path) -> None:
    """A hopeless trial would still be trained once more for each execution."""
    repeated = replace(PRUNED, executions=2)
    search(prepare(tmp_path, UNEQUAL), tmp_path / "run", repeated)
    records = Ledger.open(tmp_path / "run" / "trials.jsonl").records
    trainings = {(record.status, len(record.trainings)) for record in records}
    assert trainings == {("completed", 2), ("pruned", 1)}


def test_a_pruned_trial_is_not_the_best() -> None:
    """One training's accuracy can lie above the mean of several, though all were ahead in that one."""
    completed = [_record([score]) for score in (0.5, 0.6, 0.55)]
    assert best_of([*completed, _record([0.7], "pruned")]) is completed[1]
    cut = _record([0.4], "cut")
    assert best_of([cut]) is cut
