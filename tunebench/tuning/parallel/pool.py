"""The workers of a search: one thread for each gives it trials, and replaces it when it dies or hangs."""

import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayError, RayTaskError

from tunebench.errors import SearchError
from tunebench.tuning import memory
from tunebench.tuning.parallel.payload import Setup
from tunebench.tuning.parallel.resources import Division
from tunebench.tuning.parallel.worker import TrialWorker

_RETRIES = 2
_MOST_CHANCE = 0.01
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


@dataclass
class _Tally:
    """How many trials of a worker failed, and how many did not."""

    failed: int = 0
    fine: int = 0


class Pool:
    """Runs trials on Ray, which must have been started.

    Args:
        setup: What all trials have in common.
        division: How many workers there are, and what each gets.
        hang_seconds: A worker that sends no message for this time is replaced.
        send: Receives the messages for the search.
        examples: See :meth:`share`.

    Attributes:
        examples: Of the next trials, in Ray's object store.
    """

    def __init__(
        self,
        setup: Setup,
        division: Division,
        hang_seconds: float,
        send: Callable[[Any], None],
        examples: Any = None,
    ) -> None:
        self._arguments = ray.put(setup), division.cpus, division.gpus
        self._worker_class = ray.remote(TrialWorker).options(
            num_cpus=division.cpus, num_gpus=division.gpus, scheduling_strategy="SPREAD"
        )
        self._hang_seconds = hang_seconds
        self._send = send
        # None: a worker is no longer needed.
        self._trials: queue.SimpleQueue[_Trial | None] = queue.SimpleQueue()
        self.examples = examples
        names = [f"ray-{number}" for number in range(division.workers)]
        self._lock = threading.Lock()
        self._running = set(names)
        self._tallies = {name: _Tally() for name in names}
        self._workers: dict[str, Any] = {}
        self._closed = False
        for name in names:
            threading.Thread(target=self._serve, args=(name,), daemon=True).start()

    def share(self, examples: Any) -> None:
        """Put the examples of the next trials into the object store; each machine fetches them once."""
        self.examples = ray.put(examples)

    def submit(self, trial_id: str, task: bytes) -> None:
        """Run a trial on the next free worker."""
        self._trials.put(_Trial(trial_id, task, self.examples))

    def close(self) -> None:
        """End the workers, also those that are starting; no trial may be running."""
        self._closed = True
        for worker in list(self._workers.values()):
            _kill(worker)
        for _ in self._tallies:
            self._trials.put(None)

    def _serve(self, name: str) -> None:
        """Run trials on one worker after another."""
        try:
            needed = True
            while needed:
                worker = self._start(name)
                needed = self._run_trials(name, worker)
                _kill(worker)
        except _LostWorkerError as error:
            if not self._closed:
                self._leave_out(name, error)
        except Exception as error:  # noqa: BLE001 (the search has to know)
            self._send(error.cause if isinstance(error, RayTaskError) else error)

    def _start(self, name: str) -> Any:
        """A new worker.

        Raises:
            _LostWorkerError: It cannot be started.
        """
        for attempt in range(1 + _RETRIES):
            worker: Any = self._worker_class.remote(*self._arguments)
            self._workers[name] = worker
            if self._closed:
                _kill(worker)
            try:
                _get(worker.prepare.remote(), _START_SECONDS)
            except _LostWorkerError:
                _kill(worker)
                if attempt == _RETRIES or self._closed:
                    raise
            else:
                break
        return worker

    def _run_trials(self, name: str, worker: Any) -> bool:
        """Run trials until the worker is lost, retired or no longer needed; returns whether to replace it."""
        mine = self._tallies[name]
        while (trial := self._trials.get()) is not None:
            try:
                failed = self._run(name, worker, trial)
            except _LostWorkerError as error:
                self._retry(name, trial, error)
                return True
            mine.failed += failed
            mine.fine += not failed
            if _is_useless(mine, [each for each in self._tallies.values() if each is not mine]):
                reason = f"all its {mine.failed} trials failed, unlike those of others"
                if self._leave(name, f"Worker {name} is retired: {reason}."):
                    return False
        return False

    def _run(self, name: str, worker: Any, trial: _Trial) -> bool:
        """Run a trial; returns whether it failed."""
        stream = worker.run.options(num_returns="streaming").remote(trial.task, trial.examples)
        while True:
            if not ray.wait([stream], timeout=self._hang_seconds)[0]:
                raise _LostWorkerError(f"it gave no sign of life for {self._hang_seconds:.0f} s")
            match _get(next(stream)):
                case ("done", result, failed):
                    self._send(("done", trial.trial_id, name, result))
                    return bool(failed)
                case ("epoch", *epoch):
                    self._send(("epoch", trial.trial_id, *epoch))
                case ("note", text):
                    self._send(("note", text))

    def _retry(self, name: str, trial: _Trial, error: _LostWorkerError) -> None:
        trial.losses += 1
        if memory.is_shortage(str(error)):
            self._send(("lost", trial.trial_id, name, str(error)))
        elif trial.losses > _RETRIES:
            reason = f"its worker was lost {trial.losses} times; the last time, {error}"
            self._send(("lost", trial.trial_id, name, reason))
        else:
            self._send(("note", f"Worker {name} was lost: {error}. Trial {trial.trial_id} is retried."))
            self._trials.put(trial)

    def _leave(self, name: str, why: str) -> bool:
        """Go on without a worker; returns whether that is possible, because it is not the last one."""
        with self._lock:
            possible = len(self._running) > 1
            if possible:
                self._running.remove(name)
                self._send(("note", why))
        return possible

    def _leave_out(self, name: str, error: _LostWorkerError) -> None:
        if not self._leave(name, f"Worker {name} cannot be started and is left out: {error}."):
            self._send(
                SearchError(
                    f"No worker could be started: {error}. Each machine of a cluster needs the same "
                    "tunebench. Finished trials are kept; rerun the same command to resume."
                )
            )


def _is_useless(mine: _Tally, others: Sequence[_Tally]) -> bool:
    """Whether all trials of a worker failed, and that is improbable by the trials of the others."""
    failed, fine = sum(each.failed for each in others), sum(each.fine for each in others)
    # Laplace's rule of succession. Three failures are enough after three trials of others without any.
    chance = (failed + 1) / (failed + fine + 2)
    return mine.fine == 0 and fine > 0 and chance**mine.failed < _MOST_CHANCE


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
        return memory.reason(memory.MACHINE, "Ray ended its process")
    raised = [line for line in lines if "Error: " in line]
    return f"it raised {raised[-1]}" if raised else "its process died (killed, out of memory, or crashed)"
