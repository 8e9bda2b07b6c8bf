"""Learning-rate schedules."""

from typing import Any

import keras
import numpy as np
import pytest

from tunebench.fitting.schedule import set_schedule

COSINE = {"schedule": "cosine", "batch_size": 32}
EPOCHS = 4
# 70 examples are 3 batches of 32.
STEPS_PER_EPOCH = 3


def _rates(optimizer: Any, values: dict[str, Any]) -> list[float]:
    """The learning rate at the start of each epoch and at the end of the last."""
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    model.compile(optimizer, "sparse_categorical_crossentropy")
    set_schedule(model, values, num_examples=70, epochs=EPOCHS)
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    rates = []
    for epoch in range(EPOCHS + 1):
        inner.iterations.assign(epoch * STEPS_PER_EPOCH)
        rates.append(float(keras.ops.convert_to_numpy(inner.learning_rate)))
    return rates


@pytest.mark.parametrize(
    "optimizer",
    [keras.optimizers.Adam(0.008), keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.008))],
)
def test_the_rate_decays_as_a_cosine_to_zero(optimizer: Any) -> None:
    """Zero is reached at the end of the last epoch, also when the loss is scaled for half precision."""
    expected = 0.004 * (1 + np.cos(np.pi * np.arange(EPOCHS + 1) / EPOCHS))
    assert _rates(optimizer, COSINE) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("values", [{}, {"schedule": "constant"}, {"schedule": "my own"}])
def test_without_a_cosine_the_rate_is_constant(values: dict[str, Any]) -> None:
    """A user's space may give its own meaning to the name."""
    assert _rates(keras.optimizers.SGD(0.5), values) == [0.5] * 5


def test_a_space_keeps_its_own_schedule() -> None:
    """A model compiled with a schedule is not changed."""
    own = keras.optimizers.schedules.ExponentialDecay(0.1, STEPS_PER_EPOCH, 0.5)
    assert _rates(keras.optimizers.SGD(own), COSINE) == pytest.approx(0.1 * 0.5 ** np.arange(5))
