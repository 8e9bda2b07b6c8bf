"""A learning rate that falls over the training."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tunebench.fitting import Examples, FitSettings, fit, schedule, state
from tunebench.fitting.stopwatch import Stopwatch

RANDOM = np.random.default_rng(0)
EXAMPLES = Examples(RANDOM.normal(size=(70, 4)).astype(np.float32), RANDOM.integers(0, 3, 70))
EPOCHS = 4
# Three batches of 32 an epoch.
STEPS = EPOCHS * 3


def _model(optimizer: Any = "adam", *, values: dict[str, Any] | None = None) -> Any:
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    values = {"schedule": "cosine", "batch_size": 32} if values is None else values
    schedule(model, values, num_examples=len(EXAMPLES), epochs=EPOCHS)
    return model


def _fit(model: Any, epochs: int = EPOCHS, **settings: Any) -> Any:
    how = FitSettings(epochs=epochs, patience=None, batch_size=32, augmentation=None, seed=1, **settings)
    return fit(model, EXAMPLES, EXAMPLES, how, Stopwatch())


def _rate(model: Any) -> float:
    return float(keras.ops.convert_to_numpy(model.optimizer.learning_rate))


def test_the_rate_falls_as_a_cosine_to_nought() -> None:
    """One that ends too early or too late trains another model than it says."""
    model = _model(keras.optimizers.Adam(0.008))
    rates = [_rate(model)]
    for epoch in range(EPOCHS):
        _fit(model, epoch + 1, first_epoch=epoch)
        rates.append(_rate(model))
    expected = 0.004 * (1 + np.cos(np.pi * np.arange(EPOCHS + 1) / EPOCHS))
    assert rates == pytest.approx(expected, abs=1e-6)
    assert int(model.optimizer.iterations) == STEPS


@pytest.mark.parametrize("values", [{}, {"schedule": "constant"}, {"schedule": "my own"}])
def test_without_a_cosine_the_rate_stays(values: dict[str, Any]) -> None:
    """A user's space may call something else its schedule."""
    model = _model(keras.optimizers.SGD(0.5), values=values)
    _fit(model)
    assert _rate(model) == 0.5


def test_a_space_with_a_schedule_of_its_own_keeps_it() -> None:
    """Its warm-up would be lost without a word."""
    own = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)
    assert _rate(_model(keras.optimizers.SGD(own))) == pytest.approx(0.1)
    model = _model(keras.optimizers.SGD(own))
    _fit(model)
    assert _rate(model) == pytest.approx(0.1 * 0.5 ** (STEPS / 2))


def test_a_promoted_trial_goes_on_along_the_same_curve(tmp_path: Path) -> None:
    """A trial of few epochs that fell to nought would have nothing left to go on with."""
    through = _fit(_model())
    _fit(_model(), 2, save_state=tmp_path / "state.npz")
    model = _model()
    state.load(model, tmp_path / "state.npz")
    resumed = _fit(model, first_epoch=2)
    assert resumed.history["val_loss"] == through.history["val_loss"][2:]


def test_in_half_precision_the_rate_falls_too() -> None:
    """There the optimizer stands inside another one."""
    model = _model(keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5)))
    _fit(model)
    assert _rate(model) == pytest.approx(0, abs=1e-6)
