"""What travels to a worker and back."""

import time
from pathlib import Path

import keras_tuner

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


def test_a_task_arrives_as_it_was_sent(tmp_path: Path) -> None:
    """A promoted trial would begin anew for want of a shared folder, or train something else."""
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
    arrived, seconds = payload.unpack_task(payload.pack_task(task, 1.5, 2), there)
    assert (seconds, arrived.seed, arrived.epochs, arrived.first_epoch) == (1.5, 7, 9, 3)
    assert arrived.hyperparameters.get_config() == task.hyperparameters.get_config()
    assert arrived.load_state is not None
    assert arrived.load_state.parent == there
    assert [state_of(arrived.load_state, number).read_bytes() for number in (0, 1)] == [b"first", b"second"]
    # The way back.
    assert arrived.save_state is not None
    state_of(arrived.save_state, 1).write_bytes(b"trained")
    arrived.hyperparameters.Int("late", 1, 3)
    sent = payload.pack_result(arrived, TrialOutcome(status="completed", score=0.5), 2)
    outcome, hyperparameters, states = payload.unpack_result(sent)
    assert outcome == TrialOutcome(status="completed", score=0.5)
    assert hyperparameters.values["late"] == 1
    assert states == {1: b"trained"}


def test_a_time_limit_runs_on_elsewhere(tmp_path: Path) -> None:
    """Another machine's clock shows another time, and a trial there would be cut at once or never."""
    finished = TrialRecord(
        trial_id="0",
        status="completed",
        hyperparameters={},
        score=0.5,
        started_at="",
        elapsed_seconds=1,
        seed=1,
    )
    for left, is_over in ((100.0, False), (3.0, True)):
        budget = Budget(1000 + left, 50.0, 2, 10, 0.2, now=lambda: 1050.0)
        task = TrialTask(
            trial_id="1",
            hyperparameters=_hyperparameters(),
            seed=1,
            epochs=1,
            must_end=TimeLimit(budget, [finished]),
        )
        arrived, _ = payload.unpack_task(payload.pack_task(task, 0, 1), tmp_path)
        assert isinstance(arrived.must_end, TimeLimit)
        # Two finals take four seconds aside.
        assert arrived.must_end(0.0) is is_over
        assert abs(arrived.must_end.budget.left() - left) < 1
        assert arrived.must_end.budget.now is time.monotonic
