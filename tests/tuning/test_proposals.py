"""The driver with parallel trials that finish in any order: the search must be the same."""

import contextlib
import hashlib
import itertools
import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras_tuner
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tuning.searches import timeless
from tunebench.errors import OutOfTimeError, SearchError
from tunebench.options import Tuner
from tunebench.progress import SilentProgress
from tunebench.records import TrialStatus
from tunebench.tuning import oracles
from tunebench.tuning.driver import Driver
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.task import Finished, TrialOutcome, TrialTask

WORKERS = 3
LIMIT = 10
EPOCHS = 9
ORDERS = st.lists(st.integers(0, WORKERS - 1), min_size=2 * LIMIT, max_size=2 * LIMIT)


class Killed(Exception):  # noqa: N818 (an event, not an error of the program)
    """The process is gone."""


def declare(hp: Any) -> None:
    """A build that declares more for some values."""
    if hp.Choice("units", [1, 2, 3, 4]) == 3:
        hp.Choice("late", [0.1, 0.2])


def declare_early(hp: Any) -> None:
    """A build that always declares the same."""
    hp.Choice("units", [1, 2, 3, 4])


def outcome(task: TrialTask) -> TrialOutcome:
    """A score that depends on the hyperparameters alone, reached evenly over the epochs; a tenth fail."""
    text = repr(sorted(task.hyperparameters.values.items()))
    score = hashlib.sha256(text.encode()).digest()[0] / 255
    if score < 0.1:
        return TrialOutcome(status="failed", message="bad luck")
    curve = [score * epoch / EPOCHS for epoch in range(1, EPOCHS + 1)]
    floor = task.floors or (lambda _: -math.inf)
    below = (epoch for epoch in range(1, EPOCHS + 1) if curve[epoch - 1] < floor(epoch))
    pruned_at = next(below, None)
    epochs = pruned_at or EPOCHS
    return TrialOutcome(
        status="pruned" if pruned_at else "completed",
        score=curve[epochs - 1],
        epochs=epochs,
        history={"val_accuracy": [*curve[:epochs]]},
    )


class AnyOrder:
    """Finishes the running trials in a given order, without training.

    Args:
        order: Which of the running trials finishes next, repeated.
        workers: Trials at once.
        dies_after: Number of trials after which the process is killed; optional.
        build: Declares a trial's hyperparameters.
        run: Gives a trial's outcome.
    """

    def __init__(
        self,
        order: list[int],
        workers: int = WORKERS,
        dies_after: int | None = None,
        build: Callable[[Any], None] = declare,
        run: Callable[[TrialTask], TrialOutcome] = outcome,
    ) -> None:
        self.workers = workers
        self.build = build
        self._run = run
        self._order = itertools.cycle(order)
        self._left = dies_after
        self._running: list[TrialTask] = []
        self.most = 0

    def submit(self, task: TrialTask) -> None:
        """Take a trial."""
        self._running.append(task)
        self.most = max(self.most, len(self._running))

    def wait(self) -> Finished:
        """Finish one of the trials."""
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Killed
        task = self._running.pop(next(self._order) % len(self._running))
        self.build(task.hyperparameters)
        if task.save_state is not None:
            task.save_state.touch()
        return Finished.of(task, self._run(task), "any")


def run(
    tuner: Tuner, folder: Path, executor: AnyOrder, window: int, *, prune: bool = False
) -> list[dict[str, Any]]:
    """Run or resume a search with a real oracle and ledger; its trials in the order they started."""
    folder.mkdir(exist_ok=True)
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [1, 2, 3, 4])
    hp.Float("rate", 0.0, 1.0)
    driver = Driver(
        oracle=oracles.make(tuner, hp, EPOCHS, 7),
        executor=executor,
        ledger=Ledger.open(folder / "trials.jsonl"),
        # Hyperband runs to its end, where it waits for the last rounds.
        limit=None if tuner == "hyperband" else LIMIT,
        epochs=EPOCHS,
        seed=3,
        checkpoints=folder if tuner == "hyperband" else None,
        declare=executor.build,
        progress=SilentProgress(),
        began=time.monotonic(),
        window=window,
        prune=prune,
    )
    return sorted((timeless(record) for record in driver.run()), key=lambda fields: str(fields["trial_id"]))


@pytest.mark.parametrize(
    ("tuner", "prune"),
    [("random", False), ("random", True), ("bayesian", True), ("hyperband", False), ("grid", False)],
)
@settings(max_examples=3)
@given(order=ORDERS, other=ORDERS, dies_after=st.integers(0, LIMIT))
def test_neither_the_order_nor_a_kill_changes_a_search(
    tuner: Tuner, order: list[int], other: list[int], dies_after: int, *, prune: bool
) -> None:
    """A search with parallel trials, killed and resumed, has the same trials as one that ran in order."""
    window = WORKERS if prune or tuner == "hyperband" else 4 * WORKERS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = run(tuner, folder / "in_order", AnyOrder([0]), window, prune=prune)
        assert len(expected) == LIMIT or (tuner == "hyperband" and len(expected) > LIMIT)
        killed = AnyOrder(order, dies_after=dies_after)
        try:
            found = run(tuner, folder / "cut", killed, window, prune=prune)
        except Killed:
            found = run(tuner, folder / "cut", AnyOrder(other), window, prune=prune)
        assert found == expected
        assert killed.most <= WORKERS
        assert prune == any(record["status"] == "pruned" for record in found)
        # A finished search keeps no checkpoints.
        assert [path.name for path in (folder / "cut").iterdir()] == ["trials.jsonl"]


@pytest.mark.parametrize("tuner", ["random", "grid"])
@given(order=ORDERS)
@settings(max_examples=4)
def test_random_and_grid_search_do_not_depend_on_the_number_of_workers(
    tuner: Tuner, order: list[int]
) -> None:
    """One worker and three workers run the same trials."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = run(tuner, folder / "alone", AnyOrder([0], workers=1, build=declare_early), 1)
        together = run(tuner, folder / "together", AnyOrder(order, build=declare_early), 4 * WORKERS)
    assert together == alone
    assert len(alone) == LIMIT


def test_a_promoted_trial_has_the_seed_of_its_parent(tmp_path: Path) -> None:
    """It could not resume its parent's training otherwise."""
    trials = run("hyperband", tmp_path, AnyOrder([0]), WORKERS)
    seeds = {trial["trial_id"]: trial["seed"] for trial in trials}
    promoted = [trial for trial in trials if "tuner/trial_id" in trial["hyperparameters"]]
    assert promoted
    assert all(trial["seed"] == seeds[trial["hyperparameters"]["tuner/trial_id"]] for trial in promoted)
    assert len(set(seeds.values())) == len(trials) - len(promoted)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("failed", "All 5 trials failed, 5 of them because it is too wide. Fix the space"),
        ("pruned", "All 5 trials were pruned, 5 of them because it is too wide. Allow more --epochs"),
    ],
)
def test_a_search_in_which_all_trials_fail_stops_early(
    tmp_path: Path, status: TrialStatus, message: str
) -> None:
    """After five failed trials and no success, the search stops with the most frequent reason."""
    failing = AnyOrder([0], workers=1, run=lambda _: TrialOutcome(status=status, message="it is too wide"))
    with pytest.raises(SearchError, match=message):
        run("random", tmp_path, failing, 1)
    assert len(Ledger.open(tmp_path / "trials.jsonl").records) == 5


@pytest.mark.parametrize("in_time", [["trial 0000"], []])
def test_a_trial_that_cannot_start_in_time_ends_the_search_after_those_that_run(
    tmp_path: Path, in_time: list[str]
) -> None:
    """They are recorded, and the executor is left with nothing. Without a result the search fails."""

    def late(task: TrialTask) -> TrialOutcome:
        too_late = TrialOutcome(status="cut", message="features take too long")
        return outcome(task) if task.name in in_time else too_late

    executor = AnyOrder([WORKERS - 1, 0], run=late)
    expected = contextlib.nullcontext() if in_time else pytest.raises(OutOfTimeError, match="take too long")
    with expected:
        assert len(run("grid", tmp_path, executor, WORKERS)) == 1
    assert (executor.most, executor._running) == (WORKERS, [])


def test_a_search_that_was_begun_in_another_order_is_refused(tmp_path: Path) -> None:
    """One line says that another version began it, and what to do. Its ledger is left as it was."""
    run("random", tmp_path, AnyOrder([0]), WORKERS)
    ledger = tmp_path / "trials.jsonl"
    first, second, *_ = ledger.read_bytes().splitlines(keepends=True)
    before = second.replace(b'"0001"', b'"0000"') + first.replace(b'"0000"', b'"0001"')
    ledger.write_bytes(before)
    with pytest.raises(SearchError, match=r"begun by an earlier version of tunebench.*trial 0000.*--name"):
        run("random", tmp_path, AnyOrder([0]), WORKERS)
    assert ledger.read_bytes() == before
