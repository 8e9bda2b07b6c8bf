"""When trials are retried and workers retired, without Ray; test_workers.py has real workers."""

import gc
import queue
import threading
from collections import deque
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras_tuner
import pytest

from tests.small import TINY_SPACE
from tests.tuning.searches import Notes, prepare
from tunebench.options import SearchOptions
from tunebench.tuning import memory
from tunebench.tuning.parallel import payload
from tunebench.tuning.parallel.pool import Pool, _is_useless, _LostWorkerError, _Tally, _Trial
from tunebench.tuning.parallel.ray_executor import RayExecutor
from tunebench.tuning.task import TrialOutcome, TrialTask

DONE = TrialOutcome(status="completed", score=0.5)
FAILED = TrialOutcome(status="failed", message="ValueError: Negative dimension size")
SHORT = TrialOutcome(status="failed", message=memory.reason(memory.GPU, "OutOfMemoryError"))
# With a cycle of references, as Keras' models have.
PREFIX = """

class CyclicNetwork:
    def __init__(self):
        self.itself = self

def frozen_prefix(hp, input_shape):
    if hp.Choice("large", [False, True]):
        CyclicNetwork()
        raise type("ResourceExhaustedError", (Exception,), {})
    return keras.Sequential([keras.Input(input_shape), layers.Rescaling(1.0)])
"""


def _task(trial_id: str, **values: Any) -> TrialTask:
    hp = keras_tuner.HyperParameters()
    hp.values = values
    return TrialTask(trial_id=trial_id, hyperparameters=hp, seed=1, epochs=1)


def _pool(sent: list[Any], running: set[str]) -> Pool:
    """A pool without Ray, and where its messages go."""
    pool = object.__new__(Pool)
    pool._send, pool._trials, pool._lock = sent.append, queue.SimpleQueue(), threading.Lock()
    pool._running, pool.examples = running, None
    return pool


def _executor(
    folder: Path, messages: list[Any], source: str = TINY_SPACE
) -> tuple[RayExecutor, Notes, list[Any]]:
    """An executor that receives these messages, its notes, and what it sends."""
    notes, sent, waiting = Notes(), list[Any](), deque(messages)
    executor = RayExecutor(prepare(folder, source), SearchOptions(workers=2), notes)

    def send(message: tuple[Any, ...]) -> None:
        if message[0] != "share":
            sent.append(message[1])

    bridge: Any = SimpleNamespace(send=send, receive=waiting.popleft)
    executor._bridge = bridge
    return executor, notes, sent


def _done(trial_id: str, outcome: TrialOutcome) -> Any:
    return "done", trial_id, "ray-0", payload.dump_result(_task(trial_id), outcome, 1)


def test_a_trial_is_retried_twice_and_then_fails(tmp_path: Path) -> None:
    """The third time, the pool gives it up, and the search records the reason."""
    sent: list[Any] = []
    pool = _pool(sent, {"ray-0"})
    trial, error = _Trial("7", b"", None), _LostWorkerError("its process died")
    for _ in range(2):
        pool._retry("ray-0", trial, error)
        assert pool._trials.get_nowait() is trial
        assert sent.pop() == ("note", "Worker ray-0 was lost: its process died. Trial 7 is retried.")
    pool._retry("ray-0", trial, error)
    assert pool._trials.empty()
    executor, _, _ = _executor(tmp_path, sent)
    executor.submit(_task("7"))
    outcome = executor.wait().outcome
    assert outcome.status == "failed"
    assert outcome.message == "its worker was lost 3 times; the last time, its process died"


def test_trials_that_ran_out_of_memory_run_once_more_alone(tmp_path: Path) -> None:
    """Each when nothing else runs; others wait, and only the second outcome counts. No other failure is."""
    lost = ("lost", "1", "ray-1", memory.reason(memory.MACHINE, "Ray ended its process"))
    messages = [("started", 2, 0.5), _done("0", SHORT), lost, _done("0", SHORT), _done("1", DONE)]
    executor, notes, sent = _executor(tmp_path, [*messages, _done("2", FAILED)])
    executor.submit(_task("0"))
    executor.submit(_task("1"))
    first = executor.wait()
    assert (first.trial_id, first.outcome) == ("0", SHORT)
    executor.submit(_task("2"))
    assert [executor.wait().trial_id for _ in range(2)] == ["1", "2"]
    assert sent == ["0", "1", True, "0", "1", False, "2"]
    assert [note[:24] for note in notes.notes] == ["Trial 0 ran out of memor", "Trial 1 ran out of memor"]


def test_no_trial_starts_after_the_budget_because_it_waited(tmp_path: Path) -> None:
    """It is not counted, whether it had to run alone or waited for such a trial; no worker starts for it."""
    messages = [("started", 2, 0.5), _done("0", SHORT), _done("1", SHORT), _done("0", DONE)]
    executor, _, sent = _executor(tmp_path, messages)
    late = False
    for trial_id in ("0", "1"):
        executor.submit(replace(_task(trial_id), must_end=lambda _: late))
    assert executor.wait().outcome == DONE
    late = True
    executor.submit(replace(_task("2"), must_end=lambda _: late))
    ended = [executor.wait() for _ in range(2)]
    assert [(each.trial_id, each.outcome.status, each.outcome.score) for each in ended] == [
        ("1", "cut", None),
        ("2", "cut", None),
    ]
    assert sent == ["0", "1", True, "0"]


def test_an_interrupted_search_says_at_once_that_its_workers_stop(tmp_path: Path) -> None:
    """Before Ray has ended, which takes seconds. A search that ends by itself says nothing."""
    executor, notes, _ = _executor(tmp_path, [])
    said: list[int] = []
    executor._bridge.close = lambda: said.append(len(notes.notes))  # type: ignore[method-assign]
    executor.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    executor.__exit__(None, None, None)
    assert said == [1, 1]
    assert notes.notes == ["Stopping the workers; finished trials are kept ..."]


@pytest.mark.parametrize(("whose", "expected"), [(memory.GPU, ["0"]), (memory.MACHINE, ["0", True, "0"])])
def test_a_gpu_of_its_own_is_not_tried_again(tmp_path: Path, whose: str, expected: list[Any]) -> None:
    """Alone, the trial would have no more of it; but more of the machine's memory."""
    short = TrialOutcome(status="failed", message=memory.reason(whose, "OutOfMemoryError"))
    executor, _, sent = _executor(tmp_path, [("started", 2, 1), _done("0", short), _done("0", DONE)])
    executor.submit(_task("0"))
    assert executor.wait().outcome == (short if whose == memory.GPU else DONE)
    assert sent == expected


def test_a_prefix_for_which_memory_was_not_enough_fails_only_its_trial(tmp_path: Path) -> None:
    """The search computes it itself: it records the reason, frees the memory and sends the next trial."""
    executor, _, sent = _executor(tmp_path, [], TINY_SPACE + PREFIX)
    gc.disable()
    try:
        executor.submit(_task("0", large=True))
        assert "CyclicNetwork" not in {type(each).__name__ for each in gc.get_objects()}
    finally:
        gc.enable()
    assert memory.is_shortage(executor.wait().outcome.message)
    executor.submit(_task("1", large=False))
    assert sent == ["1"]


@pytest.mark.parametrize(
    ("mine", "others", "useless"),
    [
        (_Tally(3, 0), [_Tally(0, 3)], True),
        (_Tally(2, 0), [_Tally(0, 3)], False),
        (_Tally(3, 1), [_Tally(0, 9)], False),
        # Half of all trials fail: three in a row are no sign.
        (_Tally(3, 0), [_Tally(2, 2), _Tally(2, 2)], False),
        (_Tally(7, 0), [_Tally(4, 4), _Tally(4, 4)], True),
        # The others do not succeed either.
        (_Tally(9, 0), [_Tally(9, 0)], False),
        (_Tally(9, 0), [], False),
    ],
)
def test_a_worker_is_useless_if_only_its_trials_fail(
    mine: _Tally, others: list[_Tally], *, useless: bool
) -> None:
    """All of them, and more in a row than chance explains."""
    assert _is_useless(mine, others) is useless


@pytest.mark.parametrize("running", [{"ray-0", "ray-1"}, {"ray-0"}])
def test_a_useless_worker_is_retired_unless_it_is_the_last(running: set[str]) -> None:
    """One line says so, and the next trials are left to the others."""
    sent: list[Any] = []
    pool = _pool(sent, running)
    pool._tallies = {"ray-0": _Tally(), "ray-1": _Tally(0, 5)}
    pool._run = lambda *_: True  # type: ignore[method-assign]
    for number in range(4):
        pool.submit(str(number), b"")
    pool._trials.put(None)
    last = len(running) == 1
    assert not pool._run_trials("ray-0", None)
    assert pool._trials.qsize() == (0 if last else 2)
    retired = ("note", "Worker ray-0 is retired: all its 3 trials failed, unlike those of others.")
    assert sent == ([] if last else [retired])
