"""How often a trial is retried whose worker was lost; tests/tuning/parallel/test_workers.py loses workers."""

import queue
from collections import deque
from types import SimpleNamespace
from typing import Any

import keras_tuner

from tunebench.tuning.parallel.pool import Pool, _LostWorkerError, _Trial
from tunebench.tuning.parallel.ray_executor import RayExecutor
from tunebench.tuning.task import TrialTask


def test_a_trial_is_retried_twice_and_then_fails() -> None:
    """The third time, the pool gives it up, and the search records the reason."""
    # Neither has a Ray.
    pool, executor = object.__new__(Pool), object.__new__(RayExecutor)
    sent: list[Any] = []
    pool._send, pool._trials = sent.append, queue.SimpleQueue()
    trial, error = _Trial("7", b"", None), _LostWorkerError("its process died")
    for _ in range(2):
        pool._retry("ray-0", trial, error)
        assert pool._trials.get_nowait() is trial
        assert sent.pop() == ("note", "Worker ray-0 was lost: its process died. Trial 7 is retried.")
    pool._retry("ray-0", trial, error)
    assert pool._trials.empty()
    task = TrialTask(trial_id="7", hyperparameters=keras_tuner.HyperParameters(), seed=1, epochs=1)
    executor._tasks, executor._failed = {"7": (task, 0)}, deque()
    executor._bridge = SimpleNamespace(receive=sent.pop)  # type: ignore[assignment]
    outcome = executor.wait().outcome
    assert outcome.status == "failed"
    assert outcome.message == "its worker was lost 3 times; the last time, its process died"
