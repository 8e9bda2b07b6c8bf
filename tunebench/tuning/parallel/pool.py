"""The workers of a search: one thread for each gives it trials, and replaces it when it dies or hangs."""

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError

from tunebench.errors import SearchError
from tunebench.tuning.parallel.payload import Setup
from tunebench.tuning.parallel.resources import Division
from tunebench.tuning.parallel.worker import TrialWorker

_RETRIES = 2
# Importing Keras takes seconds, on a busy machine with a slow disk a minute or two.
_START_SECONDS = 600.0


class _LostWorkerError(Exception):
    """A worker died or hangs; the message says how."""


@dataclass
class _Trial:
    trial_id: str
    task: bytes
    examples: Any
    losses: int = 0


class Pool:
    """Runs trials on Ray, which must have been started.

    Args:
        setup: What all trials have in common.
        division: How many workers there are, and what each gets.
        hang_seconds: A worker that sends no message for this time is replaced.
        send: Receives the messages for the search.
    """

    def __init__(
        self, setup: Setup, division: Division, hang_seconds: float, send: Callable[[Any], None]
    ) -> None:
        self._arguments = ray.put(setup), division.cpus
        self._worker_class = ray.remote(TrialWorker).options(
            num_cpus=division.cpus, num_gpus=division.gpus, scheduling_strategy="SPREAD"
        )
        self._hang_seconds = hang_seconds
        self._send = send
        self._trials: queue.SimpleQueue[_Trial] = queue.SimpleQueue()
        self._examples: Any = None
        self._running = {f"ray-{number}" for number in range(division.workers)}
        for name in sorted(self._running):
            threading.Thread(target=self._serve, args=(name,), daemon=True).start()

    def share(self, examples: Any) -> None:
        """Put the examples of the next trials into the object store; each machine fetches them once."""
        self._examples = ray.put(examples)

    def submit(self, trial_id: str, task: bytes) -> None:
        """Run a trial on the next free worker."""
        self._trials.put(_Trial(trial_id, task, self._examples))

    def _serve(self, name: str) -> None:
        """Run trials on one worker after another."""
        try:
            while True:
                worker = self._start()
                self._run_trials(name, worker)
                _kill(worker)
        except _LostWorkerError as error:
            self._leave_out(name, error)
        except Exception as error:  # noqa: BLE001 (the search has to know)
            self._send(error.cause if isinstance(error, RayTaskError) else error)

    def _start(self) -> Any:
        """A new worker.

        Raises:
            _LostWorkerError: It cannot be started.
        """
        for attempt in range(1 + _RETRIES):
            worker: Any = self._worker_class.remote(*self._arguments)
            try:
                _get(worker.prepare.remote(), _START_SECONDS)
            except _LostWorkerError:
                _kill(worker)
                if attempt == _RETRIES:
                    raise
            else:
                break
        return worker

    def _run_trials(self, name: str, worker: Any) -> None:
        """Run trials until the worker is lost."""
        while True:
            trial = self._trials.get()
            try:
                self._run(name, worker, trial)
            except _LostWorkerError as error:
                self._retry(name, trial, error)
                return

    def _run(self, name: str, worker: Any, trial: _Trial) -> None:
        stream = worker.run.options(num_returns="streaming").remote(trial.task, trial.examples)
        while True:
            if not ray.wait([stream], timeout=self._hang_seconds)[0]:
                raise _LostWorkerError(f"it gave no sign of life for {self._hang_seconds:.0f} s")
            match _get(next(stream)):
                case ("done", result):
                    self._send(("done", trial.trial_id, name, result))
                    return
                case ("epoch", *epoch):
                    self._send(("epoch", trial.trial_id, *epoch))
                case ("note", text):
                    self._send(("note", text))

    def _retry(self, name: str, trial: _Trial, error: _LostWorkerError) -> None:
        trial.losses += 1
        if trial.losses > _RETRIES:
            reason = f"its worker was lost {trial.losses} times; the last time, {error}"
            self._send(("lost", trial.trial_id, name, reason))
        else:
            self._send(("note", f"Worker {name} was lost: {error}. Trial {trial.trial_id} is retried."))
            self._trials.put(trial)

    def _leave_out(self, name: str, error: _LostWorkerError) -> None:
        self._running.remove(name)
        if self._running:
            self._send(("note", f"Worker {name} cannot be started and is left out: {error}."))
        else:
            self._send(
                SearchError(
                    f"No worker could be started: {error}. Each machine of a cluster needs the same "
                    "tunebench. Finished trials are kept; rerun the same command to resume."
                )
            )


def _get(reference: Any, timeout: float | None = None) -> Any:
    """Wait for a result.

    Raises:
        RayTaskError: The worker raised an error.
        _LostWorkerError: The worker died, or the time is up.
    """
    try:
        return ray.get(reference, timeout=timeout)
    except RayTaskError:
        raise
    except GetTimeoutError as error:
        raise _LostWorkerError(f"it did not start within {timeout:.0f} s") from error
    except RayError as error:
        raise _LostWorkerError(_reason(error)) from error


def _kill(worker: Any) -> None:
    with contextlib.suppress(RayError):
        ray.kill(worker)


def _reason(error: RayError) -> str:
    """The line of Ray's page-long message that says what happened."""
    lines = [line.strip() for line in str(error).splitlines()]
    if any("memory usage threshold" in line for line in lines):
        return "Ray ended its process because the machine's memory was full"
    raised = [line for line in lines if "Error: " in line]
    return f"it raised {raised[-1]}" if raised else "its process died (killed, out of memory, or crashed)"
