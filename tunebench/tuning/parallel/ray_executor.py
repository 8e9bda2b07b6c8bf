"""Run trials on Ray: the search's side."""

import importlib.util
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import numpy as np

from tunebench import errors, files
from tunebench.errors import SearchError, TunebenchError
from tunebench.features.preparation import Preparation, Prepared
from tunebench.fitting import Examples, num_parameters
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.progress import Progress
from tunebench.tuning.executor import failed_by
from tunebench.tuning.parallel import messages, payload
from tunebench.tuning.parallel.process import Bridge
from tunebench.tuning.parallel.versions import versions
from tunebench.tuning.task import Finished, Training, TrialOutcome, TrialTask, state_of

# A worker that has taken no batch for so long hangs.
HANG_SECONDS = 600.0
# Examples of so many prefixes stay in Ray's object store; most searches have one.
_MOST_SHARES = 4


@dataclass(frozen=True)
class _Shared:
    """Examples that lie in Ray's object store.

    Attributes:
        number: Under which trials refer to them.
        key: The hyperparameters that they depend on.
        space: What their prefix declared, besides others.
        seconds: What computing them cost.
        parameters: Weights of their prefix.
    """

    number: int
    key: dict[str, Any]
    space: Sequence[Any]
    seconds: float
    parameters: int


class RayExecutor:
    """Runs trials on Ray, for the time of a ``with`` block.

    Args:
        preparation: Gives each trial its examples; a frozen prefix is computed here.
        training: How trials are trained.
        progress: Told about each epoch.
        workers: Trials at once; ``None``: as many as the cluster has GPUs, or nodes where it has none.
        cluster: Its address; ``None``: Ray is started on this machine.
        hang_seconds: How long a worker may take no batch, at least.

    Raises:
        TunebenchError: Ray is not installed.
    """

    def __init__(
        self,
        preparation: Preparation,
        training: Training,
        progress: Progress,
        *,
        workers: int | None = None,
        cluster: str | None = None,
        hang_seconds: float = HANG_SECONDS,
    ) -> None:
        check_installed()
        self._preparation = preparation
        self._training = training
        self._progress = progress
        self._workers = workers
        self._begin = messages.Begin(
            workers=workers,
            cluster=cluster,
            setup=payload.pack_setup(preparation, training),
            versions=versions(),
            hang_seconds=hang_seconds,
        )
        self._tasks: dict[str, tuple[TrialTask, _Shared]] = {}
        self._failed: deque[Finished] = deque()
        self._shares: list[_Shared] = []
        self._num_shares = 0
        self._bridge: Bridge

    def __enter__(self) -> Self:
        self._bridge = Bridge()
        self._bridge.send(self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bridge.close()

    @property
    def workers(self) -> int:
        """How many trials run at once; where nobody said, Ray must have been started to know."""
        while self._workers is None:
            self._receive()
        return self._workers

    def submit(self, task: TrialTask) -> None:
        """Send a trial to a worker, after its prefix was computed where it has one."""
        stopwatch = Stopwatch()
        try:
            shared = self._share(task.hyperparameters)
        except Exception as error:  # noqa: BLE001 (a prefix that cannot be built fails its trial)
            self._failed.append(Finished.of(task, failed_by(error, stopwatch), "main"))
            return
        self._tasks[task.trial_id] = task, shared
        packed = payload.pack_task(task, shared.seconds, self._training.planned)
        self._bridge.send(messages.Start(trial_id=task.trial_id, task=packed, share=shared.number))

    def wait(self) -> Finished:
        """Wait for a trial to end."""
        while not self._failed:
            finished = self._receive()
            if finished is not None:
                return finished
        return self._failed.popleft()

    def _receive(self) -> Finished | None:
        message = self._bridge.receive()
        if isinstance(message, messages.Started):
            self._workers = message.workers
        elif isinstance(message, messages.Epoch):
            task, _ = self._tasks[message.trial_id]
            self._progress.epoch(message.epoch, message.epochs, message.score, task.name)
        elif isinstance(message, messages.Note):
            self._progress.note(message.text)
        elif isinstance(message, messages.Fatal):
            raise getattr(errors, message.kind, SearchError)(message.text)
        elif isinstance(message, messages.Lost):
            task, _ = self._tasks.pop(message.trial_id)
            return Finished.of(task, TrialOutcome(status="failed", message=message.reason), message.worker)
        elif isinstance(message, messages.Done):
            return self._done(message)
        return None

    def _done(self, message: messages.Done) -> Finished:
        task, shared = self._tasks.pop(message.trial_id)
        outcome, hyperparameters, states = payload.unpack_result(message.result)
        if task.save_state is not None:
            for number, content in states.items():
                files.write_atomically(state_of(task.save_state, number), content)
        if outcome.parameters is not None:
            # The worker has seen only what follows the prefix.
            outcome = replace(outcome, parameters=outcome.parameters + shared.parameters)
        return Finished.of(replace(task, hyperparameters=hyperparameters), outcome, message.worker)

    def _share(self, hp: Any) -> _Shared:
        """Have a trial's examples in the object store; those of the last prefixes are kept there."""
        key = self._preparation.relevant(hp.values)
        for shared in self._shares:
            if shared.key == key:
                hp.merge(shared.space, overwrite=False)
                return shared
        prepared = self._preparation.prepare(hp)
        shared = _Shared(
            self._num_shares,
            self._preparation.relevant(hp.values),
            hp.space,
            prepared.seconds,
            num_parameters(prepared.prefix),
        )
        self._num_shares += 1
        self._bridge.send(messages.Share(shared.number, _plain(prepared)))
        self._shares.append(shared)
        if len(self._shares) > _MOST_SHARES:
            self._bridge.send(messages.Share(self._shares.pop(0).number, None))
        return shared


def check_installed() -> None:
    """Say what to install where Ray is missing.

    Raises:
        TunebenchError: It is.
    """
    if importlib.util.find_spec("ray") is None:
        raise TunebenchError(
            "Several workers run on Ray, which is not installed. Install it with "
            "pip install 'tunebench[parallel]', or leave --workers and --cluster out."
        )


def _plain(prepared: Prepared) -> Any:
    """Examples as plain arrays: inputs, labels and views to train on, and the same to validate on."""
    return tuple(_arrays(each) for each in (prepared.train, prepared.validation))


def _arrays(examples: Examples) -> tuple[Any, Any, tuple[Any, ...]]:
    # Features may be mapped from a file that other machines do not have.
    views = tuple(np.asarray(each) for each in examples.views)
    return np.asarray(examples.inputs), np.asarray(examples.labels), views
