"""Measure a training's time, in seconds of wall time.

- ``prefix``: running the training images through a frozen prefix, all views of them, tracing it included.
  Reading the images, hashing and writing the features are not part of it. If the features come from the
  cache, it is the time that computing them took then, on this device with as many cores.
- ``setup``: building the model, loading its weights, compiling, and everything up to the end of the first
  training step, in which the back end traces and compiles. If several steps run as one, the first such group
  counts. XLA (JAX; TensorFlow on a GPU) compiles again for an epoch's smaller last batch, so the first such
  step counts too. The time of a final training includes building the frozen prefix, as it took when it was
  built; a trial's does not, because trials share the prefix. Downloading weights is not part of it.
- ``fit``: all other training steps.
- ``evaluate``: validation, which is part of none of them.
- ``paused``: time within these in which nothing ran, because the process was stopped or the computer slept:
  steps of over five seconds that took ten times as long as any other one and hardly any processor time.

``search``, ``train`` and ``compare --retime`` measure alike, after a small training that loads what a process
loads once. Callbacks between epochs are not counted. Before ``setup`` or ``fit`` is read, the device finishes
its steps.
"""

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

# A step that takes so many seconds, so many times as long as others, and so little processor time is a pause.
_LONG_STEP, _PAUSE_FACTOR, _IDLE_SHARE = 5.0, 10, 0.05


@dataclass
class Stopwatch:
    """Adds up seconds under names.

    Attributes:
        seconds: Seconds measured so far, by name.
        now: The clock, in seconds.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    now: Callable[[], float] = time.perf_counter

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Add the duration of the block to ``name``, also if it raises."""
        start = self.now()
        try:
            yield
        finally:
            self.add(name, self.now() - start)

    def add(self, name: str, seconds: float) -> None:
        """Add seconds to ``name``."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def __getitem__(self, name: str) -> float:
        return self.seconds.get(name, 0.0)


class TrainingClock(keras.callbacks.Callback):
    """Measures ``setup``, ``fit`` and ``evaluate`` of ``model.fit``; make it the first callback.

    Args:
        stopwatch: Where the seconds go.
        smaller_last: Whether an epoch's last batch is smaller than the others.

    Attributes:
        stopwatch: Where the seconds go.
        epoch_seconds: The training time (setup + fit) spent when each epoch's training steps ended.
    """

    def __init__(self, stopwatch: Stopwatch, *, smaller_last: bool = False) -> None:
        super().__init__()
        self.stopwatch = stopwatch
        self._smaller_last = smaller_last
        self.epoch_seconds: list[float] = []
        self._part: str | None = None
        self._since = 0.0
        # When the last step began, by the clock and in the process' processor time, and the longest one.
        self._step_began = (0.0, 0.0)
        self._longest_step = _LONG_STEP / _PAUSE_FACTOR

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Setup lasts until the first step is done."""
        del logs
        self._start("setup")

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Setup ends when the second step begins.

        The hook for the end of the first step is not used: it makes Keras wait for the device at every step.
        """
        del logs
        self._notice_pause()
        if self._part == "setup" and batch > 0:
            self._stop()
            self._start("fit")
        if self._smaller_last and batch + self.model.steps_per_execution >= self.params["steps"]:
            self._smaller_last = False
            if self.model.jit_compile:
                self._stop()
                self._start("setup")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Every epoch except the first begins with fit."""
        del epoch, logs
        self._step_began = self.stopwatch.now(), time.process_time()
        if self._part is None:
            self._start("fit")

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Validation ends an epoch's training steps."""
        del logs
        self._stop()
        self._record_epoch()
        self._start("evaluate")

    def on_test_end(self, logs: dict[str, Any] | None = None) -> None:
        """Stop: other callbacks run between validation and the next epoch."""
        del logs
        self._stop()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Without validation the epoch ends here."""
        del epoch, logs
        if self._part is not None:
            self._stop()
            self._record_epoch()

    def _notice_pause(self) -> None:
        now = self.stopwatch.now(), time.process_time()
        took, busy = (after - before for after, before in zip(now, self._step_began, strict=True))
        if took > _PAUSE_FACTOR * self._longest_step and busy < _IDLE_SHARE * took:
            self.stopwatch.add("paused", took)
        elif self._part == "fit":
            # Not the first step, which compiles.
            self._longest_step = max(self._longest_step, took)
        self._step_began = now

    def _record_epoch(self) -> None:
        self.epoch_seconds.append(self.stopwatch["setup"] + self.stopwatch["fit"])

    def _start(self, part: str) -> None:
        self._part, self._since = part, self.stopwatch.now()

    def _stop(self) -> None:
        if self._part is None:
            return
        if self._part != "evaluate":
            self._wait_for_device()
        self.stopwatch.add(self._part, self.stopwatch.now() - self._since)
        self._part = None

    def _wait_for_device(self) -> None:
        if keras.backend.backend() == "jax":
            # While it trains, Keras keeps the weights elsewhere, and the variables are empty.
            jax = importlib.import_module("jax")
            jax.block_until_ready(jax.live_arrays())
            return
        # The model's last weights are updated last; reading the smaller of them waits for the step.
        variables = self.model.trainable_variables[-2:]
        if variables:
            min(variables, key=lambda variable: int(np.prod(variable.shape))).numpy()
