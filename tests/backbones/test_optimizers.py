"""Pretrained weights are trained more slowly than new weights."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tunebench.backbones import optimizer_of_two_rates, register_layers

INPUTS = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
LABELS = np.random.default_rng(1).normal(size=(16, 1)).astype(np.float32)


def _model(name: str, factor: float | None) -> Any:
    """A model of two layers, of which the first is slow unless the factor is ``None``."""
    keras.utils.set_random_seed(0)
    first = keras.layers.Dense(3)
    model = keras.Sequential([keras.Input((4,)), first, keras.layers.Dense(1)])
    slow = None if factor is None else first
    model.compile(
        optimizer_of_two_rates(name, 1e-3, slow=slow, slow_factor=factor or 1.0), "mse", run_eagerly=True
    )
    return model


def _step(model: Any) -> list[Any]:
    """How far one training step moves the two kernels."""
    kernels = [layer.kernel for layer in model.layers]
    before = [np.array(kernel) for kernel in kernels]
    model.fit(INPUTS, LABELS, batch_size=16, verbose=0)
    return [np.array(kernel) - old for kernel, old in zip(kernels, before, strict=True)]


@pytest.mark.parametrize("name", ["adam", "adamw", "rmsprop", "sgd"])
def test_slow_part_moves_by_the_factor(name: str) -> None:
    """Slow weights move by the factor times Keras' own step, and the others by Keras' own step."""
    plain = _model(name, None)
    assert type(plain.optimizer) is type(keras.optimizers.get(name))
    plain_first, plain_second = _step(plain)
    slow, fast = _step(_model(name, 0.1))
    # AdamW's weight decay uses the larger rate, which leaves a difference of this size.
    decay = 1e-3 * 0.004 if name == "adamw" else 0.0
    assert np.allclose(slow, 0.1 * plain_first, rtol=1e-3, atol=1e-7 + decay)
    assert np.allclose(fast, plain_second, atol=1e-7)
    assert np.abs(plain_first).max() > 1e-4


def test_compiled_model_is_saved_and_loaded(tmp_path: Path) -> None:
    """A loaded model continues training like the original."""
    model = _model("adam", 0.1)
    model.fit(INPUTS, LABELS, verbose=0)
    model.save(tmp_path / "model.keras")
    register_layers()
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert loaded.optimizer.slow_factor == 0.1
    first, second = (copy.fit(INPUTS, LABELS, verbose=0).history["loss"] for copy in (model, loaded))
    assert np.allclose(first, second)
