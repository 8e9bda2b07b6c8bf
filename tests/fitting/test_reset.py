"""Trainings do not depend on earlier ones."""

import gc
import weakref

import keras
import numpy as np
import pytest

from tunebench import environment
from tunebench.dtype_policy import dtype_policy
from tunebench.fitting import reset_keras


class _Cycle:
    """Refers to itself, as a model and its optimizer do, and holds memory."""

    def __init__(self, mebibytes: int = 100) -> None:
        self.itself = self
        self.array = np.ones(mebibytes * 2**17)


def test_the_same_seed_gives_the_same_model() -> None:
    """Layer names and weights are the same, regardless of earlier models."""
    made = []
    for layers_before in (0, 3):
        for _ in range(layers_before):
            keras.layers.Dense(2).build((None, 2))
        reset_keras(5)
        layer = keras.layers.Dense(3)
        layer.build((None, 4))
        made.append((layer.name, np.array(layer.kernel).tolist()))
    assert made[0] == made[1]


def test_the_dtype_policy_stays() -> None:
    """Keras' own reset would set it to float32."""
    with dtype_policy("mixed_bfloat16"):
        reset_keras(1)
        assert keras.config.dtype_policy().name == "mixed_bfloat16"


def test_large_models_of_earlier_trials_are_freed() -> None:
    """At most a few of them are in memory at a time, also if Python's collector does not run."""
    gc.disable()
    try:
        reset_keras(1)
        left: list[weakref.ref[_Cycle]] = []
        for _ in range(6):
            left.append(weakref.ref(_Cycle()))
            reset_keras(1)
        assert sum(each() is not None for each in left) <= 3
    finally:
        gc.enable()


def test_on_a_gpu_every_earlier_model_is_freed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its memory may be what the next model lacks, and the size of the process does not show it."""
    monkeypatch.setattr(environment, "device", lambda: "GPU: NVIDIA H200")
    gc.disable()
    try:
        reset_keras(1)
        left = weakref.ref(_Cycle(0))
        reset_keras(1)
        assert left() is None
    finally:
        gc.enable()
