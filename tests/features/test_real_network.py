"""MobileNetV2 with real weights: training with and without features."""

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tunebench import backbones, datasets, spaces
from tunebench.features import Inference, features
from tunebench.fitting import Examples, FitSettings, fit, reset_keras
from tunebench.fitting.stopwatch import Stopwatch

pytestmark = [pytest.mark.slow, pytest.mark.shared]


SMALL: dict[str, Any] = {"image_size": 96, "trainable_blocks": 1, "pooling": "avg", "batch_size": 32}


@pytest.fixture
def weights(shared: Path) -> Path:
    """The real weights."""
    return shared / "models" / "mobilenet_v2_100_224" / "no_top.weights.h5"


def test_training_on_features_equals_training_the_whole_model(shared: Path, weights: Path) -> None:
    """The losses of one epoch, from the same weights, are the same."""
    data = datasets.load("cifar10", data_dir=shared / "data", train_size=80, test_size=10).training_data(0)
    settings = FitSettings(epochs=1, patience=None, batch_size=32, augmentation=None, seed=5)
    hp = keras_tuner.HyperParameters()
    hp.values = dict(SMALL)
    reset_keras(5)
    with backbones.use(str(weights)):
        prefix, head = spaces.find("mobilenet_v2").build_whole(hp, data.image_shape, data.num_classes)
    assert prefix is not None
    head.optimizer.build(head.trainable_variables)
    variables = [*head.variables, *head.optimizer.variables]
    start = [np.array(variable) for variable in variables]
    raw = [Examples(split.images, split.labels) for split in (data.train, data.validation)]
    inference = Inference(prefix)
    extracted = [Examples(features(inference, each.inputs, cache=None).array, each.labels) for each in raw]
    images = keras.Input(data.image_shape, dtype="uint8")
    prefix.trainable = False
    whole = keras.Model(images, head(prefix(images, training=False)))
    whole.compile(head.optimizer, head.loss, metrics=["accuracy"])
    losses: list[list[float]] = []
    for model, (train, validation) in ((head, extracted), (whole, raw)):
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        # Tracing the whole network would take longer than its three steps.
        model.run_eagerly = True
        history = fit(model, train, validation, settings, Stopwatch()).history
        losses.append([history[name][0] or 0.0 for name in ("loss", "val_loss")])
    assert min(losses[0]) > 0
    assert np.allclose(losses[0], losses[1], atol=1e-3)
