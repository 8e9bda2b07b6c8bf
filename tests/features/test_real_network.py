"""MobileNetV2 with real weights: a killed command, and training with and without features."""

import json
import os
import signal
import subprocess
import sys
import time
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

IMAGES = 1200
SMALL: dict[str, Any] = {"image_size": 96, "trainable_blocks": 2, "pooling": "avg", "batch_size": 32}


@pytest.fixture
def weights(shared: Path) -> Path:
    """The real weights."""
    return shared / "models" / "mobilenet_v2_100_224" / "no_top.weights.h5"


def _train(shared: Path, weights: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start a real command with its own cache and runs folder."""
    arguments = ["--data-dir", shared / "data", "--train-size", IMAGES, "--test-size", 100, "--epochs", 1]
    arguments += [
        "--seeds",
        1,
        "--backbone",
        weights,
        "--set",
        "image_size=96",
        "--runs-dir",
        folder / "runs",
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "tunebench", "train", "mobilenet_v2", *map(str, arguments)],
        env={**os.environ, "TUNEBENCH_CACHE_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _arrays(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "features").glob("[!.]*.npy")}


def test_a_killed_computation_leaves_no_wrong_features(shared: Path, weights: Path, tmp_path: Path) -> None:
    """The next command computes what an undisturbed one does, with the same accuracy."""
    through, cut = tmp_path / "through", tmp_path / "cut"
    whole = _train(shared, weights, through)
    assert whole.wait() == 0
    killed = _train(shared, weights, cut)
    began = time.monotonic()
    while not any(path.stat().st_size > 100_000 for path in (cut / "features").glob(".writing-*")):
        assert killed.poll() is None, "it ended before it could be killed"
        assert time.monotonic() - began < 120
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    assert killed.wait() == -signal.SIGKILL
    assert not _arrays(cut)
    resumed = _train(shared, weights, cut)
    assert resumed.wait() == 0
    assert _arrays(cut) == _arrays(through)
    accuracies = [
        json.loads(next(folder.rglob("run.json")).read_text())["finals"][0]["test_accuracy"]
        for folder in (through, cut)
    ]
    assert accuracies[0] == accuracies[1]


def test_training_on_features_equals_training_the_whole_model(shared: Path, weights: Path) -> None:
    """The losses of one epoch are the same."""
    data = datasets.load("cifar10", data_dir=shared / "data", train_size=400, test_size=10).training_data(0)
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
            history = fit(model, train, validation, settings, Stopwatch()).history
            losses.append([history[name][0] or 0.0 for name in ("loss", "val_loss")])
    assert min(losses[0]) > 0
    assert np.allclose(losses[0], losses[1], atol=1e-3)
