"""Run trials on Ray: the search's side."""

import gc
import importlib.util
from collections import deque
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import numpy as np

from tunebench.errors import TunebenchError
from tunebench.features.preparation import Preparation, Prepared
from tunebench.fitting import Examples, num_parameters
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.options import SearchOptions
from tunebench.progress import Progress, plural
from tunebench.tuning import memory
from tunebench.tuning.executor import failed_by
from tunebench.tuning.parallel import payload
from tunebench.tuning.parallel.process import Bridge
from tunebench.tuning.task import Finished, TrialOutcome, TrialTask

# Compiling a model or validating it may take minutes, in which no training batch is taken.
HANG_SECONDS = 1800.0


class RayExecutor:
    """Runs trials on Ray during a ``with`` block.

    Args:
        preparation: Gives each trial its examples; a frozen prefix is computed in this process.
        options: Of the search.
        progress: Receives progress events.
        hang_seconds: A worker that takes no training batch for this time is replaced.

    Raises:
        TunebenchError: Ray is not installed.
    """

    def __init__(
        self,
        preparation: Preparation,
        options: SearchOptions,
        progress: Progress,
        *,
        hang_seconds: float = HANG_SECONDS,
    ) -> None:
        if importlib.util.find_spec("ray") is None:
            raise TunebenchError(
                "Several workers run on Ray, which is not installed. Install it with "
                "pip install 'tunebench[parallel]', or leave --workers and --cluster out."
            )
        self._preparation = preparation
        self._options = options
        self._progress = progress
        self._workers = options.workers if isinstance(options.workers, int) else None
        setup = payload.Setup.of(preparation, options)
        self._setup = self._workers, options.cluster, setup, hang_seconds
        # Each with the number of weights of its prefix, which the worker does not see.
        self._tasks: dict[str, tuple[TrialTask, int]] = {}
        # Trials that no worker gets, and their outcomes.
        self._ended: deque[Finished] = deque()
        # Trials to send to the workers, and those that ran out of memory: each runs alone before the others.
        self._waiting: deque[TrialTask] = deque()
        self._again: deque[TrialTask] = deque()
        self._alone = False
        # Whose memory others may have taken from a trial; "": any.
        self._lacking = ""
        # The hyperparameters that the examples depend on which the workers have.
        self._shared: dict[str, Any] | None = None
        self._bridge: Bridge

    def __enter__(self) -> Self:
        # It may take up to a minute.
        number = "workers" if self._workers is None else plural(self._workers, "worker")
        self._progress.note(f"Starting {number} on Ray ...")
        self._bridge = Bridge()
        self._bridge.send(self._setup)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is KeyboardInterrupt:
            # Ending Ray takes seconds.
            self._progress.note("Stopping the workers; finished trials are kept ...")
        self._bridge.close()

    @property
    def workers(self) -> int:
        """Trials at once; if no number was given, waits until Ray has started."""
        while self._workers is None:
            self._receive()
        return self._workers

    def submit(self, task: TrialTask) -> None:
        """Take a trial; it starts when a worker is free, and none has to run alone."""
        self._waiting.append(task)
        self._send_waiting()

    def _send_waiting(self) -> None:
        """Send what may run now: one trial that has to run alone if nothing else runs, or else all trials."""
        if self._again or self._alone:
            if self._tasks:
                return
            self._end_late()
        if not self._again and not self._waiting:
            return
        alone = bool(self._again)
        if alone is not self._alone:
            self._bridge.send(("alone", alone))
            self._alone = alone
        if alone:
            self._send(self._again.popleft())
        else:
            while self._waiting:
                self._send(self._waiting.popleft())

    def _end_late(self) -> None:
        """End the trials for which no time is left, because they waited for each other to run alone."""
        for queue in (self._again, self._waiting):
            for task in [each for each in queue if each.must_end is not None and each.must_end(0.0)]:
                queue.remove(task)
                reason = (
                    f"No time is left for trial {task.trial_id}, because trials that run out of memory are "
                    "tried again, alone. Use fewer --workers or a larger --budget."
                )
                self._ended.append(Finished.of(task, TrialOutcome(status="cut", message=reason), "main"))

    def _send(self, task: TrialTask) -> None:
        """Send a trial to the workers, after computing the features of its prefix if it has one."""
        stopwatch, failed = Stopwatch(), None
        try:
            prepared = self._preparation.prepare(task.hyperparameters)
        except Exception as error:  # noqa: BLE001 (a prefix that cannot be built fails its trial)
            failed = failed_by(error, stopwatch)
        if failed is not None:
            # Frees the failed prefix, so that the next one has its memory.
            gc.collect()
            self._ended.append(Finished.of(task, failed, "main"))
            return
        values = self._preparation.relevant(task.hyperparameters.values)
        if values != self._shared:
            self._bridge.send(("share", _arrays(prepared)))
            self._shared = values
        self._tasks[task.trial_id] = task, num_parameters(prepared.prefix)
        self._bridge.send(
            ("submit", task.trial_id, payload.dump_task(task, self._options.trainings_per_trial))
        )

    def wait(self) -> Finished:
        """Wait for a trial to end."""
        while True:
            self._send_waiting()
            finished = self._ended.popleft() if self._ended else self._receive()
            if finished is not None:
                return finished

    def _receive(self) -> Finished | None:
        match self._bridge.receive():
            case ("started", workers, gpus):
                # A GPU that is not shared has no more memory if other workers stop.
                self._workers, self._lacking = workers, memory.MACHINE if gpus == 1 else ""
            case ("epoch", trial_id, epoch, epochs, score):
                self._progress.epoch(epoch, epochs, score, self._tasks[trial_id][0].name)
            case ("note", text):
                self._progress.note(text)
            case ("lost", trial_id, worker, reason):
                task, _ = self._tasks.pop(trial_id)
                lost = Finished.of(task, TrialOutcome(status="failed", message=reason), worker)
                return self._unless_again(task, lost)
            case ("done", trial_id, worker, result):
                return self._finish(trial_id, worker, result)
            case TunebenchError() as error:
                raise error
        return None

    def _finish(self, trial_id: str, worker: str, result: bytes) -> Finished | None:
        task, num_frozen = self._tasks.pop(trial_id)
        outcome, hyperparameters = payload.load_result(result, task.save_state)
        if outcome.parameters is not None:
            outcome = replace(outcome, parameters=outcome.parameters + num_frozen)
        finished = Finished.of(replace(task, hyperparameters=hyperparameters), outcome, worker)
        return self._unless_again(task, finished)

    def _unless_again(self, task: TrialTask, finished: Finished) -> Finished | None:
        """A finished trial, unless it ran out of memory that others shared: it runs once more, alone."""
        message = finished.outcome.message
        if self._alone or self.workers == 1 or not memory.is_shortage(message, self._lacking):
            return finished
        self._progress.note(
            f"Trial {task.trial_id} ran out of memory. It is tried once more, alone; fewer --workers leave "
            "more memory to each."
        )
        self._again.append(task)
        return None


def _arrays(prepared: Prepared) -> Any:
    """Examples as plain arrays, which the bridge can read without Keras; see ``Trainer.train``."""
    return _plain(prepared.train), _plain(prepared.validation), prepared.seconds


def _plain(examples: Examples) -> tuple[Any, Any, tuple[Any, ...], Any]:
    # Features may be mapped from a file that other machines do not have.
    views = tuple(np.asarray(each) for each in examples.views)
    return np.asarray(examples.inputs), np.asarray(examples.labels), views, examples.groups
