"""Setup, fit and evaluate seconds."""

from typing import Any

import keras
import numpy as np
import pytest

from tunebench.determinism import deterministic
from tunebench.fitting.stopwatch import Stopwatch, TrainingClock


class _Time(keras.callbacks.Callback):
    """A clock that advances in training steps, in validation and between epochs."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        del logs
        self.seconds += 4 if batch == 0 else 1

    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        del batch, logs
        self.seconds += 30

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        del epoch, logs
        self.seconds += 500


@pytest.mark.parametrize(("validated", "evaluate"), [(True, 60), (False, 0)])
def test_the_parts_of_a_training_are_distinguished(validated: bool, evaluate: int) -> None:  # noqa: FBT001 (a parameter)
    """The first step is setup, the others are fit; callbacks between epochs are not counted."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    inputs, targets = np.zeros((30, 2)), np.zeros((30, 1))
    now = _Time()
    stopwatch = Stopwatch(now=lambda: now.seconds)
    clock = TrainingClock(stopwatch)
    model.fit(
        inputs,
        targets,
        batch_size=10,
        epochs=2,
        verbose=0,
        validation_data=(inputs[:1], targets[:1]) if validated else None,
        callbacks=[clock, now],
    )
    # Two epochs of 4 + 1 + 1.
    assert (stopwatch["setup"], stopwatch["fit"], stopwatch["evaluate"]) == (4, 8, evaluate)
    assert clock.epoch_seconds == [6, 12]


def test_a_step_that_is_compiled_again_is_setup() -> None:
    """XLA compiles once for the batches of full size and once for the smaller last one."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    now = _Time()
    stopwatch = Stopwatch(now=lambda: now.seconds)
    clock = TrainingClock(stopwatch, smaller_last=True)
    inputs, targets = np.zeros((25, 2)), np.zeros((25, 1))
    with deterministic(on=False):
        model.compile("sgd", "mse", jit_compile=True)
        model.fit(inputs, targets, batch_size=10, epochs=2, verbose=0, callbacks=[clock, now])
    # 4 + 1 + 1 in each epoch, of which 4 and the last 1 of the first are setup.
    assert (stopwatch["setup"], stopwatch["fit"]) == (5, 7)


def test_jax_finishes_before_the_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """JAX returns before it has computed, and Keras keeps the weights elsewhere while it trains."""
    jax = pytest.importorskip("jax")
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    clock = TrainingClock(Stopwatch())
    clock.on_train_begin()
    powers = jax.jit(lambda matrix: jax.lax.fori_loop(0, 20, lambda _, each: each @ matrix, matrix))
    computed = powers(jax.numpy.eye(1000))
    assert not computed.is_ready()
    clock.on_epoch_end(0)
    assert computed.is_ready()


def test_a_pause_is_noticed() -> None:
    """A step of a minute without processor time is a pause; neither slow steps nor validation are."""
    clock = TrainingClock(Stopwatch(now=lambda: now))
    now = 0.0
    clock.set_model(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    clock.on_train_begin()
    clock.on_epoch_begin(0)
    for batch, took in enumerate([0.1, 3.0, 2.0, 60.0, 2.0]):
        now += took
        clock.on_train_batch_begin(batch)
    assert clock.stopwatch["paused"] == pytest.approx(60)
    clock.on_epoch_end(0)
    now += 1000
    clock.on_epoch_begin(1)
    clock.on_train_batch_begin(0)
    assert clock.stopwatch["paused"] == pytest.approx(60)


def test_a_block_that_fails_is_measured() -> None:
    """A failed trial's seconds are recorded, too."""
    now = iter([1.0, 3.5])
    stopwatch = Stopwatch(now=lambda: next(now))
    with pytest.raises(ValueError, match="broken"), stopwatch.measure("setup"):
        raise ValueError("broken")
    assert stopwatch["setup"] == 2.5
