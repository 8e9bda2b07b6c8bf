"""What is sent to a worker and back."""

import time
from pathlib import Path

import keras_tuner
import pytest

from tunebench.records import TrialRecord
from tunebench.tuning.budget import Budget, TimeLimit
from tunebench.tuning.parallel import payload
from tunebench.tuning.task import TrialOutcome, TrialTask, state_of


def _hyperparameters() -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8])
    with hp.conditional_scope("units", [4]):
        hp.Float("rate", 1e-4, 1e-2, sampling="log")
    hp.Boolean("wide")
    hp.values["units"] = 8
    return hp


def test_tasks_and_results_bring_their_states_along(tmp_path: Path) -> None:
    """A task and its result are the same on another machine, where the states of all trainings are, too."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    parent, own = here / "state-0000.npz", here / "state-0001.npz"
    parent.write_bytes(b"first")
    state_of(parent, 1).write_bytes(b"second")
    task = TrialTask(
        trial_id="0001",
        hyperparameters=_hyperparameters(),
        seed=7,
        epochs=9,
        first_epoch=3,
        load_state=parent,
        save_state=own,
    )
    arrived = payload.load_task(payload.dump_task(task, 2), there)
    assert (arrived.seed, arrived.epochs, arrived.first_epoch) == (7, 9, 3)
    assert arrived.hyperparameters.get_config() == task.hyperparameters.get_config()
    assert arrived.load_state == there / parent.name
    assert [state_of(there / parent.name, number).read_bytes() for number in (0, 1)] == [b"first", b"second"]
    assert arrived.save_state == there / own.name
    state_of(there / own.name, 1).write_bytes(b"trained")
    arrived.hyperparameters.Int("late", 1, 3)
    sent = payload.dump_result(arrived, TrialOutcome(status="completed", score=0.5), 2)
    outcome, hyperparameters = payload.load_result(sent, task.save_state)
    assert outcome == TrialOutcome(status="completed", score=0.5)
    assert hyperparameters.values["late"] == 1
    assert state_of(own, 1).read_bytes() == b"trained"
    assert not own.exists()


@pytest.mark.parametrize("left", [100.0, 3.0])
def test_a_time_limit_continues_on_another_machine(tmp_path: Path, left: float) -> None:
    """The time that is left is the same by another machine's clock."""
    finished = TrialRecord(
        trial_id="0",
        status="completed",
        hyperparameters={},
        score=0.5,
        started_at="",
        elapsed_seconds=1,
        seed=1,
    )
    # Four seconds are reserved for two final trainings.
    budget = Budget(1000 + left, 50.0, 2, 10, 0.2, now=lambda: 1050.0)
    task = TrialTask(
        trial_id="1",
        hyperparameters=_hyperparameters(),
        seed=1,
        epochs=1,
        must_end=TimeLimit(budget, [finished]),
    )
    limit = payload.load_task(payload.dump_task(task, 1), tmp_path).must_end
    assert isinstance(limit, TimeLimit)
    assert limit(0.0) is (left < 4)
    assert limit.budget.left() == pytest.approx(left, abs=1)
    assert limit.budget.now is time.monotonic
