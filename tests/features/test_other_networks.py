"""Any network of keras.applications goes the same road as MobileNetV2: a space file of a dozen lines."""

from pathlib import Path

import keras
import keras_tuner
import numpy as np

from tests.small import write_space
from tunebench import spaces
from tunebench.features import FeatureCache, features, join

SPACE = '''\
"""A head on a frozen MobileNet, an older relative."""

import keras


def frozen_prefix(hp, input_shape):
    images = keras.Input(input_shape, dtype="uint8")
    network = keras.applications.MobileNet(
        weights=None, include_top=False, input_shape=input_shape, pooling="avg"
    )
    return keras.Model(images, network(keras.layers.Rescaling(1 / 127.5, -1)(images)))


def build(hp, input_shape, num_classes):
    model = keras.Sequential([keras.Input(input_shape), keras.layers.Dense(num_classes, "softmax")])
    learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    optimizer = keras.optimizers.Adam(learning_rate)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
'''


def test_another_network(tmp_path: Path) -> None:
    """The cache would be a special case of one backbone."""
    space = spaces.find(str(write_space(tmp_path, SPACE, "mobilenet_v1")))
    hp = spaces.declare(space, (32, 32, 3), 10)
    spaces.check(space, hp.copy(), (32, 32, 3), 10)
    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    cache = FeatureCache(tmp_path / "features")
    keras.utils.set_random_seed(0)
    prefix, head = space.build_whole(hp, (32, 32, 3), 10)
    inputs = features(prefix, images, cache=cache).array
    keras.utils.set_random_seed(0)
    same, _ = space.build_whole(keras_tuner.HyperParameters(), (32, 32, 3), 10)
    other, _ = space.build_whole(keras_tuner.HyperParameters(), (32, 32, 3), 10)
    assert features(same, images, cache=cache).from_cache
    # Other random weights are another prefix, although every name and argument is the same.
    assert not features(other, images, cache=cache).from_cache
    head.fit(inputs, np.arange(20) % 10, verbose=0)
    parts = head.predict(inputs, verbose=0)
    join(prefix, head).save(tmp_path / "winner.keras")
    loaded = keras.saving.load_model(tmp_path / "winner.keras", safe_mode=True)
    assert np.abs(loaded.predict(images, verbose=0) - parts).max() < 1e-3
