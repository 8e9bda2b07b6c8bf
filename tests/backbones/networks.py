"""A MobileNetV2 of random weights with useful features."""

from pathlib import Path

import numpy as np


def save_random_weights(path: Path) -> Path:
    """Save weights for ``MobileNetV2(include_top=False)`` whose features do not vanish.

    With newly initialised batch norm the signal would vanish over fifty random layers, so its statistics are
    taken from random images.
    """
    import keras  # noqa: PLC0415 (the program's settings come first: see tests/conftest.py)

    model = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(np.random.default_rng(0).uniform(-1, 1, (16, 96, 96, 3)).astype(np.float32), training=True)
    model.save_weights(path)
    return path
