"""Train a small model before the first timed training of a process, which would otherwise be slower."""

import functools

import keras
import numpy as np

from tunebench.fitting.reset import reset_keras


@functools.cache
def warm_up() -> None:
    """Load what a process loads at its first training, such as device code; once per process."""
    reset_keras(0)
    model = keras.Sequential(
        [keras.Input((8, 8, 3)), keras.layers.Conv2D(4, 3), keras.layers.Flatten(), keras.layers.Dense(2)]
    )
    model.compile(loss="mean_squared_error", metrics=["accuracy"])
    images, targets = np.zeros((64, 8, 8, 3), np.float32), np.zeros((64, 2), np.float32)
    model.fit(images, targets, validation_data=(images, targets), verbose=0)
