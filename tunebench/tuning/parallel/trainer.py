"""Trains trials in a worker with the executor that also runs trials without Ray."""

import contextlib
import functools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras

from tunebench import backbones, determinism, spaces, xla
from tunebench.errors import BackboneError, SearchError, UnknownSpaceError
from tunebench.features.preparation import Prepared
from tunebench.fitting import Examples
from tunebench.spaces import Space
from tunebench.tuning.executor import InProcessExecutor
from tunebench.tuning.parallel import payload
from tunebench.tuning.parallel.payload import Setup

# The least time between two signs of life.
_ALIVE_SECONDS = 2.0
# Of temporary folders. If the search started Ray, they are in the bridge's folder, which is removed with it.
_PREFIX = "tunebench-worker-"


class Trainer:
    """Trains trials of one search.

    Args:
        setup: What all trials have in common.

    Raises:
        SearchError: This machine has other versions than that of the search.
    """

    def __init__(self, setup: Setup) -> None:
        _check_versions(setup)
        self._setup = setup
        self._space = self._find_space()
        self._backbone = self._find_backbone()

    def train(
        self, task: bytes, examples: Any, send: Callable[[tuple[Any, ...]], None]
    ) -> tuple[bytes, bool]:
        """Train a trial.

        Args:
            task: See :func:`~tunebench.tuning.parallel.payload.dump_task`.
            examples: Training examples as a tuple of the arguments of ``Examples``, validation examples
                likewise, and the seconds that computing them took.
            send: Receives the messages of ``TrialWorker.run``.

        Returns:
            See :func:`~tunebench.tuning.parallel.payload.dump_result`, and whether the trial failed.
        """
        setup = self._setup
        # Keras keeps it per thread.
        keras.config.set_dtype_policy(setup.precision)
        determinism.switch(on=setup.deterministic)
        xla.switch(off=setup.without_xla)
        train, validation, seconds = examples
        prepared = Prepared(None, Examples(*train), Examples(*validation), seconds)
        source: Any = SimpleNamespace(space=self._space, data=setup, prepare=lambda _: prepared)
        progress: Any = SimpleNamespace(
            note=lambda text: send(("note", text)), epoch=lambda *epoch: send(("epoch", *epoch))
        )
        executor = InProcessExecutor(source, setup.options, progress, _alive(send))
        with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder, backbones.use(self._backbone):
            loaded = payload.load_task(task, Path(folder))
            outcome = executor.run(loaded)
            result = payload.dump_result(loaded, outcome, setup.options.trainings_per_trial)
            return result, outcome.status == "failed"

    @functools.cached_property
    def _folder(self) -> Path:
        """For what this machine lacks. On a cluster nothing removes it, so it is made when it is needed."""
        return Path(tempfile.mkdtemp(prefix=_PREFIX))

    def _find_space(self) -> Space:
        """The space as installed or at the same path, if it is the same here, or else from its content."""
        setup = self._setup
        for candidate in (setup.space, str(setup.path)):
            with contextlib.suppress(UnknownSpaceError):
                if spaces.sha256(candidate) == setup.code_sha256:
                    return spaces.find(candidate)
        for name, content in setup.code.items():
            copy = self._folder / "space" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
        return spaces.find(str(self._folder / "space" / setup.path.name))

    def _find_backbone(self) -> str:
        """The handle of the pretrained weights on this machine."""
        handle, weights = self._setup.backbone, self._setup.weights
        if weights is not None:
            copy = self._folder / Path(handle).name
            copy.write_bytes(weights)
            return str(copy)
        try:
            backbones.kind_of(handle)
        except BackboneError:
            # A folder of the search's machine: only the frozen part needs it, which the search computes.
            return backbones.DEFAULT_HANDLE
        return handle


def _check_versions(setup: Setup) -> None:
    found = payload.versions()
    for name, expected in setup.versions.items():
        if found[name] != expected:
            raise SearchError(
                f"A worker has {name} {found[name]}, but this machine has {expected}. "
                "Install the same versions on all machines of the cluster."
            )


def _alive(send: Callable[[tuple[Any, ...]], None]) -> Callable[[], None]:
    """A callback for every batch that sends a sign of life from time to time."""
    sent = 0.0

    def on_batch() -> None:
        nonlocal sent
        if time.monotonic() - sent > _ALIVE_SECONDS:
            sent = time.monotonic()
            send(("alive",))

    return on_batch
