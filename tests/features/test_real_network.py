"""MobileNetV2 with real weights: training with and without features."""

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tunebench import backbones, datasets, spaces
from tunebench.features import features
from tunebench.fitting import Examples, FitSettings, fit, reset_keras
from tunebench.fitting.stopwatch import Stopwatch

pytestmark = [pytest.mark.slow, pytest.mark.shared]


SMALL: dict[str, Any] = {"image_size": 96, "trainable_blocks": 1, "pooling": "avg", "batch_size": 32}


@pytest.fixture
def weights(shared: Path) -> Path:
    """The real weights."""
    return shared / "models" / "mobilenet_v2_100_224" / "no_top.weights.h5"


def test_training_on_features_equals_training_the_whole_model(shared: Path, weights: Path) -> None:
    """The losses of one epoch are the same."""
    data = datasets.load("cifar10", data_dir=shared / "data", train_size=80, test_size=10).training_data(0)
    settings = FitSettings(epochs=1, patience=None, batch_size=32, augmentation=None, seed=5)
    losses: list[list[float]] = []
    with backbones.use(str(weights)):
        for cached in (True, False):
            hp = keras_tuner.HyperParameters()
            hp.values = dict(SMALL)
            reset_keras(5)
            prefix, head = spaces.find("mobilenet_v2").build_whole(hp, data.image_shape, data.num_classes)
            if cached:
                train, validation = (
                    Examples(features(prefix, split.images, cache=None).array, split.labels)
                    for split in (data.train, data.validation)
                )
                model = head
            else:
                train, validation = (
                    Examples(split.images, split.labels) for split in (data.train, data.validation)
                )
                images = keras.Input(data.image_shape, dtype="uint8")
                assert prefix is not None
                prefix.trainable = False
                model = keras.Model(images, head(prefix(images, training=False)))
                model.compile(head.optimizer, head.loss, metrics=["accuracy"])
            # Tracing the whole network would take longer than its three steps.
            model.run_eagerly = True
            history = fit(model, train, validation, settings, Stopwatch()).history
            losses.append([history[name][0] or 0.0 for name in ("loss", "val_loss")])
    assert min(losses[0]) > 0
    assert np.allclose(losses[0], losses[1], atol=1e-3)
