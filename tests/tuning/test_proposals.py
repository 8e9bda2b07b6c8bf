"""Trials that end in any order: the search must be the same."""

import hashlib
import itertools
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
from tunebench.options import TUNERS, Tuner
from tunebench.progress import SilentProgress
from tunebench.records import TrialRecord, TrialSeconds, TrialStatus
from tunebench.tuning import oracles
from tunebench.tuning.driver import Driver
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.proposals import Proposals
from tunebench.tuning.task import Finished, TrialOutcome, TrialTask

WORKERS = 3
LIMIT = 14
EPOCHS = 9
ORDERS = st.lists(st.integers(0, WORKERS - 1), min_size=2 * LIMIT, max_size=2 * LIMIT)


class AnyOrder:
    """Ends the trials under way in a given order; a trial's score follows from its hyperparameters.

    Args:
        order: Which of those under way ends next, again and again.
        workers: Trials at once.
        dies_after: So many trials end, then the process is killed, as it were.
        build: Declares a trial's hyperparameters.
    """

    def __init__(
        self,
        order: list[int],
        workers: int = WORKERS,
        dies_after: int | None = None,
        build: Callable[[Any], None] | None = None,
    ) -> None:
        self.workers = workers
        self.build = build or declare
        self._order = itertools.cycle(order)
        self._left = dies_after
        self._running: list[TrialTask] = []
        self.most = 0

    def submit(self, task: TrialTask) -> None:
        """Take a trial."""
        self._running.append(task)
        self.most = max(self.most, len(self._running))

    def wait(self) -> Finished:
        """End one of the trials."""
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                raise Killed
        task = self._running.pop(next(self._order) % len(self._running))
        self.build(task.hyperparameters)
        text = repr(sorted(task.hyperparameters.values.items()))
        score = hashlib.sha256(text.encode()).digest()[0] / 255
        if score < 0.1:
            outcome = TrialOutcome(status="failed", message="bad luck")
        else:
            outcome = _trained(score, task.floors, 1 + score)
        return Finished(
            trial_id=task.trial_id, outcome=outcome, worker="any", hyperparameters=task.hyperparameters
        )


def _trained(score: float, floors: tuple[float, ...], seconds: float) -> TrialOutcome:
    """A training of so many seconds an epoch whose accuracy rises evenly, as far as it is let."""
    curve = [score * epoch / EPOCHS for epoch in range(1, EPOCHS + 1)]
    below = next((epoch for epoch, floor in enumerate(floors, start=1) if curve[epoch - 1] < floor), None)
    return TrialOutcome(
        status="completed" if below is None else "pruned",
        score=curve[(below or EPOCHS) - 1],
        epochs=below or EPOCHS,
        history={"val_accuracy": [*curve[:below]]},
        seconds=TrialSeconds(setup=1.0, fit=seconds * (below or EPOCHS)),
    )


class Killed(Exception):  # noqa: N818 (an event, not an error of the program)
    """The process is gone."""


def declare(hp: Any) -> None:
    """A build that declares more for some values."""
    if hp.Choice("units", [1, 2, 3, 4]) == 3:
        hp.Choice("late", [0.1, 0.2])


def declare_early(hp: Any) -> None:
    """A build that always declares the same."""
    hp.Choice("units", [1, 2, 3, 4])


def run(
    tuner: Tuner,
    folder: Path,
    executor: AnyOrder,
    window: int,
    *,
    prune: bool = False,
    by_cost: bool = False,
) -> list[dict[str, Any]]:
    """Run a search with a real oracle and a real ledger, or go on with it; its trials as they began."""
    folder.mkdir(exist_ok=True)
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [1, 2, 3, 4])
    hp.Float("rate", 0.0, 1.0)
    number = len(list(folder.glob("tuner-*")))
    driver = Driver(
        oracle=oracles.make(tuner, hp, EPOCHS, 7, folder / f"tuner-{number}", by_cost=by_cost),
        executor=executor,
        ledger=Ledger.open(folder / "trials.jsonl"),
        # Hyperband to its end, where it waits for the last rounds.
        limit=None if tuner == "hyperband" else LIMIT,
        epochs=EPOCHS,
        seed=3,
        states=None,
        declare=executor.build,
        progress=SilentProgress(),
        began=time.monotonic(),
        window=window,
        prune=prune,
    )
    records = driver.run()
    found = [{**timeless(record), "seconds": record.seconds} for record in records]
    return sorted(found, key=lambda fields: str(fields["trial_id"]))


@pytest.mark.parametrize(
    ("tuner", "prune", "by_cost"),
    [
        *((tuner, False, False) for tuner in TUNERS),
        ("random", True, False),
        ("bayesian", True, False),
        ("bayesian", True, True),
    ],
)
@settings(max_examples=4)
@given(order=ORDERS, other=ORDERS, dies_after=st.integers(0, LIMIT))
def test_no_order_of_ends_and_no_kill_changes_a_search(
    tuner: Tuner, order: list[int], other: list[int], dies_after: int, *, prune: bool, by_cost: bool
) -> None:
    """What a search finds would depend on which worker was slow, and a resume would refuse its own ledger."""
    window = WORKERS if prune or tuner in {"bayesian", "hyperband"} else 4 * WORKERS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        expected = run(tuner, folder / "in_order", AnyOrder([0]), window, prune=prune, by_cost=by_cost)
        assert len(expected) == LIMIT or (tuner == "hyperband" and len(expected) > LIMIT)
        killed = AnyOrder(order, dies_after=dies_after)
        try:
            found = run(tuner, folder / "cut", killed, window, prune=prune, by_cost=by_cost)
        except Killed:
            found = run(tuner, folder / "cut", AnyOrder(other), window, prune=prune, by_cost=by_cost)
        assert found == expected
        assert killed.most <= WORKERS
        assert prune == any(record["status"] == "pruned" for record in found)


@pytest.mark.parametrize(("status", "seconds"), [("pruned", 3 + 10 * 3), ("completed", 3 + 2 * 3)])
def test_a_trial_that_others_stopped_is_not_taken_for_a_cheap_one(
    tmp_path: Path, status: TrialStatus, seconds: float
) -> None:
    """Time would go to what looks cheap because it is hopeless, or what learns fast would look dear."""
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 0.0, 1.0)
    oracle = oracles.make("bayesian", hp, 10, 7, tmp_path / "tuner", by_cost=True)
    proposals = Proposals(oracle, 1, epochs=10)
    trial = proposals.next()
    assert trial is not None
    proposals.end(
        TrialRecord(
            trial_id=trial.trial_id,
            status=status,
            hyperparameters={},
            score=0.2,
            epochs=2,
            started_at="",
            elapsed_seconds=9.0,
            seconds=TrialSeconds(prefix=100.0, setup=3.0, fit=4.0, evaluate=2.0),
            seed=1,
        )
    )
    proposals.tell_rest()
    assert oracle.trials[trial.trial_id].metrics.get_best_value(oracles.SECONDS) == seconds


@pytest.mark.parametrize("tuner", ["random", "grid"])
@given(order=ORDERS)
@settings(max_examples=8)
def test_searches_that_learn_nothing_are_the_same_with_any_number_of_workers(
    tuner: Tuner, order: list[int]
) -> None:
    """The same command would find something else on a machine with more processors."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        alone = run(tuner, folder / "alone", AnyOrder([0], workers=1, build=declare_early), 1)
        together = run(tuner, folder / "together", AnyOrder(order, build=declare_early), 4 * WORKERS)
    assert together == alone
    assert len(alone) == (12 if tuner == "grid" else LIMIT)
