"""The transfer model's space: the deck's Model 4 by default, sound over its whole range."""

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from search_spaces import mobilenet_v2
from tests.backbones.saved_models import save_reusable
from tunebench import backbones, spaces
from tunebench.prefix import features, join

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="session")
def small_backbone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel that takes 224×224 images, as TF Hub's, and computes next to nothing."""
    return save_reusable(tmp_path_factory.mktemp("backbone"), size=224, num_features=16)


def _declared(handle: Path) -> Any:
    with backbones.use(str(handle)):
        return spaces.declare(spaces.find("mobilenet_v2"), (32, 32, 3), 10)


def test_defaults_are_the_decks(small_backbone: Path) -> None:
    """`tunebench train mobilenet_v2` would not be the deck's Model 4."""
    hp = _declared(small_backbone)
    head = mobilenet_v2.build(hp, (1001,), 10)
    (dense,) = [layer for layer in head.layers if layer.weights]
    assert dense.activation is keras.activations.softmax
    assert dense.units == 10
    assert dense.kernel_regularizer is None
    assert isinstance(head.optimizer, keras.optimizers.Adam)
    assert np.isclose(float(head.optimizer.learning_rate), 1e-3)
    assert hp.get("batch_size") == 32
    assert mobilenet_v2.EPOCHS == 5
    images = np.random.default_rng(0).normal(size=(5, 1001)).astype(np.float32)
    training, inference = head(images, training=True), head(images, training=False)
    assert np.array_equal(training, inference)


def test_prefix_resizes_and_scales_raw_images(tmp_path: Path) -> None:
    """TF Hub's models take pixels from 0 to 1 at 224×224; with others they give other features, silently."""
    import tensorflow as tf  # noqa: PLC0415

    from tests.backbones.saved_models import save_function  # noqa: PLC0415

    save_function(tmp_path, lambda images: tf.reduce_max(images, axis=[1, 2]), size=224)
    with backbones.use(str(tmp_path)):
        prefix = mobilenet_v2.frozen_prefix(keras_tuner.HyperParameters(), (32, 32, 3))
    bright = np.zeros((1, 32, 32, 3), np.uint8)
    bright[0, 8, 8] = (255, 128, 0)
    assert prefix.inputs[0].dtype == "uint8"
    maxima = prefix.predict(np.concatenate([bright, np.full_like(bright, 255)]), verbose=0)
    # A single bright pixel spreads over 7 pixels, whose middle keeps its value.
    assert np.allclose(maxima, [[1.0, 128 / 255, 0.0], [1.0, 1.0, 1.0]], atol=1e-5)


def test_prefix_interpolates_in_full_precision(small_backbone: Path) -> None:
    """Keras resizes bytes to bytes: interpolated values would be rounded, and cubic ones wrap around at 0."""
    with backbones.use(str(small_backbone)):
        prefix = mobilenet_v2.frozen_prefix(keras_tuner.HyperParameters(), (32, 32, 3))
    seen = keras.Model(prefix.inputs, prefix.layers[-2].output).predict(IMAGES, verbose=0)
    reference = keras.ops.image.resize(IMAGES.astype(np.float32), (224, 224), interpolation="bilinear")
    assert np.allclose(seen, keras.ops.convert_to_numpy(reference) / 255, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_every_corner_builds_and_trains(small_backbone: Path, seed: int) -> None:
    """A search would meet trials that cannot be built."""
    hp = _declared(small_backbone)
    random = np.random.default_rng(seed)
    for declared in hp.space:
        if isinstance(declared, keras_tuner.engine.hyperparameters.Choice):
            hp.values[declared.name] = random.choice(declared.values).item()
        elif isinstance(declared, keras_tuner.engine.hyperparameters.Boolean):
            hp.values[declared.name] = bool(random.integers(2))
        else:
            hp.values[declared.name] = random.choice([declared.min_value, declared.max_value]).item()
    head = mobilenet_v2.build(hp, (16,), 10)
    losses = head.fit(random.normal(size=(64, 16)), np.arange(64) % 10, epochs=2, verbose=0).history["loss"]
    assert np.isfinite(losses).all()
    assert head.output_shape == (None, 10)
    layers = [type(layer).__name__ for layer in head.layers if layer.weights]
    expected = ["BatchNormalization"] * hp.get("batch_norm") + ["Dense"] * (1 + (hp.get("units") > 0))
    assert layers == expected
    assert (head.layers[-1].kernel_regularizer is not None) == hp.get("regularized")


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("name", ["feature_vector", "classification", "no_top.weights.h5"])
def test_real_weights(shared: Path, name: str) -> None:
    """The three forms in which users have the weights."""
    with backbones.use(str(shared / "models/mobilenet_v2_100_224" / name)):
        hp = spaces.declare(space := spaces.find("mobilenet_v2"), (32, 32, 3), 10)
        prefix, head = spaces.build(space, hp, (32, 32, 3), 10)
    array = features(prefix, IMAGES, cache=None).array
    assert array.shape == (4, 1001 if name == "classification" else 1280)
    assert array.std() > 0.1
    parts = head.predict(array, verbose=0)
    assert np.abs(join(prefix, head).predict(IMAGES, verbose=0) - parts).max() < 1e-3
