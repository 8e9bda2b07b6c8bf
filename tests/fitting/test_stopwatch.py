"""The stopwatch."""

import time
from typing import Any

import keras
import numpy as np
import pytest

from tunebench.fitting.stopwatch import Stopwatch, TrainingClock


class _Sleep(keras.callbacks.Callback):
    """Spends known time in training steps, in validation and between epochs."""

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        del logs
        time.sleep(0.4 if batch == 0 else 0.1)

    def on_test_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        del batch, logs
        time.sleep(0.3)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        del epoch, logs
        time.sleep(0.5)


def test_setup_fit_and_validation_are_told_apart() -> None:
    """Validation or a callback inside the training time would make every comparison wrong."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    inputs, targets = np.zeros((30, 2)), np.zeros((30, 1))
    stopwatch = Stopwatch()
    clock = TrainingClock(stopwatch)
    began = time.perf_counter()
    model.fit(
        inputs,
        targets,
        batch_size=10,
        epochs=2,
        verbose=0,
        validation_data=(inputs[:1], targets[:1]),
        callbacks=[clock, _Sleep()],
    )
    total = time.perf_counter() - began
    # The first step's 0.4 s are setup; the others sleep 0.1 + 0.1 and 0.4 + 0.1 + 0.1 s.
    assert stopwatch["setup"] >= 0.4
    assert 0.8 <= stopwatch["fit"] < 1.3
    assert stopwatch["evaluate"] >= 0.6
    # The epochs' ends, 0.5 s each, are nobody's.
    assert sum(stopwatch.seconds.values()) <= total - 1.0 + 0.05
    assert len(clock.epoch_seconds) == 2
    assert clock.epoch_seconds[0] < clock.epoch_seconds[1]
    assert clock.epoch_seconds[1] == pytest.approx(stopwatch["setup"] + stopwatch["fit"])


def test_without_validation_the_epochs_still_end() -> None:
    """The time between epochs would count as fit."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    stopwatch = Stopwatch()
    clock = TrainingClock(stopwatch)
    model.fit(np.zeros((20, 2)), np.zeros((20, 1)), batch_size=10, epochs=3, verbose=0, callbacks=[clock])
    assert len(clock.epoch_seconds) == 3
    assert clock.epoch_seconds[-1] == pytest.approx(stopwatch["setup"] + stopwatch["fit"])


def test_a_block_that_fails_is_still_measured() -> None:
    """A failed trial's time is part of the ledger."""
    now = iter([1.0, 3.5])
    stopwatch = Stopwatch(now=lambda: next(now))
    with pytest.raises(ValueError, match="broken"), stopwatch.measure("setup"):
        raise ValueError("broken")
    assert stopwatch["setup"] == 2.5
