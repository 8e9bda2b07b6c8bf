"""A MobileNetV2 of random weights that behaves as a trained one does."""

from pathlib import Path

import keras
import numpy as np


def save_random_weights(path: Path) -> Path:
    """Save weights for ``MobileNetV2(include_top=False)`` whose features do not vanish.

    With fresh batch norm the signal dies out on its way through fifty random layers; so its statistics are
    taken from random images here.
    """
    model = keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(np.random.default_rng(0).uniform(-1, 1, (16, 96, 96, 3)).astype(np.float32), training=True)
    model.save_weights(path)
    return path
