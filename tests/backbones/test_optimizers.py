"""Pretrained weights are trained more slowly than new ones."""

from typing import Any

import keras
import numpy as np
import pytest

from tunebench.backbones import optimizer_of_two_rates, register_layers

INPUTS = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
LABELS = np.random.default_rng(1).normal(size=(16, 1)).astype(np.float32)


def _model(factor: float, name: str = "adam") -> tuple[Any, Any, Any]:
    keras.utils.set_random_seed(0)
    slow, fast = keras.layers.Dense(3, name="slow"), keras.layers.Dense(1, name="fast")
    model = keras.Sequential([keras.Input((4,)), slow, fast])
    model.compile(optimizer_of_two_rates(name, 1e-3, slow=slow, slow_factor=factor), "mse")
    return model, slow, fast


def _step(model: Any, layer: Any) -> Any:
    before = np.array(layer.kernel)
    model.fit(INPUTS, LABELS, batch_size=16, verbose=0)
    return np.array(layer.kernel) - before


@pytest.mark.parametrize("name", ["adam", "adamw", "rmsprop", "sgd"])
def test_slow_part_moves_by_the_factor(name: str) -> None:
    """Large steps destroy in a few batches what pretraining learned."""
    ordinary, slow_1, _ = _model(1.0, name)
    step = _step(ordinary, slow_1)
    slowed, slow_2, fast = _model(0.1, name)
    # AdamW's weight decay follows the larger rate: it leaves a difference of that size.
    decay = 1e-3 * 0.004 if name == "adamw" else 0.0
    assert np.allclose(_step(slowed, slow_2), 0.1 * step, rtol=1e-3, atol=1e-7 + decay)
    assert np.abs(step).max() > 1e-4
    assert not np.allclose(fast.kernel, 0)


def test_factor_of_one_is_kerass_own() -> None:
    """Whoever sets the factor to 1 expects the plain optimizer."""
    ours, slow, fast = _model(1.0)
    ours.fit(INPUTS, LABELS, epochs=3, shuffle=False, verbose=0)
    plain, plain_slow, plain_fast = _model(1.0)
    plain.compile(keras.optimizers.Adam(1e-3), "mse")
    plain.fit(INPUTS, LABELS, epochs=3, shuffle=False, verbose=0)
    assert np.allclose(slow.kernel, plain_slow.kernel, atol=1e-7)
    assert np.allclose(fast.kernel, plain_fast.kernel, atol=1e-7)


def test_nothing_slow_gives_the_plain_optimizer() -> None:
    """The deck's model is trained with Keras' own Adam."""
    assert type(optimizer_of_two_rates("adam", 1e-3, slow=None, slow_factor=1.0)) is keras.optimizers.Adam


def test_compiled_model_is_saved_and_loaded(tmp_path: Any) -> None:
    """A user may save the tuned part itself and train on."""
    model, _, _ = _model(0.1)
    model.fit(INPUTS, LABELS, verbose=0)
    model.save(tmp_path / "model.keras")
    register_layers()
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.optimizer.slow_factor == 0.1
    first, second = (copy.fit(INPUTS, LABELS, verbose=0).history["loss"] for copy in (model, loaded))
    assert np.allclose(first, second)
