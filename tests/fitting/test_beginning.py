"""Every training begins as if the process had just started."""

import gc
import weakref

import keras
import numpy as np

from tunebench.fitting import begin_anew


class _Cycle:
    """Refers to itself, as a model and its optimizer do, and holds memory."""

    def __init__(self, megabytes: int) -> None:
        self.itself = self
        self.held = np.ones(megabytes * 2**17)


def test_the_same_seed_gives_the_same_model_whatever_came_before() -> None:
    """A trial would depend on those that were trained before it, and a resumed search be another one."""
    made = []
    for layers_before in (0, 3):
        for _ in range(layers_before):
            keras.layers.Dense(2).build((None, 2))
        begin_anew(5)
        layer = keras.layers.Dense(3)
        layer.build((None, 4))
        made.append((layer.name, np.array(layer.kernel).tolist()))
    assert made[0] == made[1]


def test_the_dtype_policy_stays() -> None:
    """Clearing Keras' state would train the rest of a search in another precision."""
    before = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        begin_anew(1)
        assert keras.config.dtype_policy().name == "mixed_bfloat16"
    finally:
        keras.config.set_dtype_policy(before)


def test_large_models_of_earlier_trials_are_freed() -> None:
    """A search over large models would run out of memory before Python's collector sees a reason to run."""
    gc.disable()
    try:
        begin_anew(1)
        left: list[weakref.ref[_Cycle]] = []
        for _ in range(6):
            left.append(weakref.ref(_Cycle(100)))
            begin_anew(1)
        assert sum(each() is not None for each in left) <= 3
    finally:
        gc.enable()
