"""The transfer model's space: reference model 4 by default, valid over its complete range."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest
import tensorflow as tf

from search_spaces import mobilenet_v2
from tests.backbones.saved_models import save_function
from tests.eager import call
from tunebench import backbones, spaces
from tunebench.features import features, join

pytestmark = pytest.mark.slow

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def tf_hub(small_backbone: Path) -> Iterator[None]:
    """Select a SavedModel."""
    with backbones.use(str(small_backbone)):
        yield


def _built(**values: Any) -> tuple[Any, Any, set[str]]:
    """The prefix, the head, and the names of all hyperparameters."""
    hp = keras_tuner.HyperParameters()
    hp.values = values
    prefix, head = spaces.find("mobilenet_v2").build_whole(hp, (32, 32, 3), 10)
    head.run_eagerly = True
    declared = {known.name for known in hp.space}
    assert set(values) <= declared
    return prefix, head, declared


@pytest.mark.usefixtures("tf_hub")
def test_defaults_give_the_reference_model() -> None:
    """By default the head is one dense layer with softmax, trained by Adam for five epochs."""
    hp = keras_tuner.HyperParameters()
    head = mobilenet_v2.build(hp, (1001,), 10)
    (dense,) = [layer for layer in head.layers if layer.weights]
    assert dense.activation is keras.activations.softmax
    assert dense.units == 10
    assert dense.kernel_regularizer is None
    assert type(head.optimizer) is keras.optimizers.Adam
    assert np.isclose(float(head.optimizer.learning_rate), 1e-3)
    assert head.loss == "sparse_categorical_crossentropy"
    assert hp.get("batch_size") == 32
    assert mobilenet_v2.EPOCHS == 5
    images = np.random.default_rng(0).normal(size=(5, 1001)).astype(np.float32)
    training, inference = head(images, training=True), head(images, training=False)
    assert np.array_equal(training, inference)


CUT = {"image_size", "trainable_blocks", "fine_tuning_factor", "pooling"}


def test_defaults_and_what_is_declared_with_a_weights_file(
    small_backbone: Path, random_weights: Path
) -> None:
    """By default it gets 224×224 images, bilinear, and only the head is trained.

    Hyperparameters that the handle does not support are not declared.
    """
    with backbones.use(str(small_backbone)):
        tf_hub = _built()[2]
    with backbones.use(str(random_weights)):
        prefix, head, weights_file = _built()
    assert [
        layer.get_config().get("interpolation") for layer in prefix.layers if layer.name.startswith("res")
    ][-1] == "bilinear"
    assert prefix.layers[-1].input_shape == (None, 224, 224, 3)
    assert prefix.output_shape == (None, 1280)
    assert len(head.trainable_variables) == 2
    assert not tf_hub & CUT
    assert weights_file - tf_hub == CUT
    assert "interpolation" in tf_hub
    # A file without the last layer has no logits.
    assert "features" not in weights_file


def test_last_blocks_are_trained_and_saved(random_weights: Path, tmp_path: Path) -> None:
    """The blocks after the prefix train at the smaller rate; their batch statistics stay frozen.

    The saved model contains the trained blocks and computes the same as its two parts.
    """
    keras.utils.set_random_seed(0)
    with backbones.use(str(random_weights)):
        prefix, head, _ = _built(
            image_size=96, trainable_blocks=2, learning_rate=1e-2, fine_tuning_factor=0.1
        )
    assert prefix.output_shape == (None, 3, 3, 160)
    inputs = call(prefix, IMAGES)
    before = {variable.path: np.array(variable) for variable in head.variables}
    head.fit(inputs, np.arange(4), verbose=0)
    after = {variable.path: np.array(variable) for variable in head.variables}
    moved = {path: np.abs(after[path] - before[path]).max() for path in before}
    statistics = {path: by for path, by in moved.items() if "moving" in path}
    kernels = {
        path: by
        for path, by in moved.items()
        if path.endswith("kernel") and path.startswith(("block", "Conv_1"))
    }
    (dense,) = [by for path, by in moved.items() if path.startswith("dense") and path.endswith("kernel")]
    assert statistics
    assert not any(statistics.values())
    assert len(kernels) == 3 * 2 + 1
    # Adam's first step is the learning rate, whatever the gradient.
    assert np.allclose(list(kernels.values()), 1e-3, rtol=0.05)
    assert np.isclose(dense, 1e-2, rtol=0.05)

    join(prefix, head).save(tmp_path / "winner.keras")
    loaded = keras.saving.load_model(tmp_path / "winner.keras", safe_mode=True)
    saved = {weight.path: np.array(weight) for weight in loaded.weights}
    assert all(np.array_equal(saved[path], after[path]) for path in kernels)
    assert np.abs(call(loaded, IMAGES) - call(head, inputs)).max() < 1e-3


@pytest.mark.usefixtures("tf_hub")
def test_label_smoothing_equals_keras() -> None:
    """Label smoothing gives the loss that Keras gives for one-hot labels."""
    _, head, _ = _built(label_smoothing=0.1)
    probabilities = keras.ops.softmax(np.random.default_rng(0).normal(size=(4, 10)))
    labels = np.array([[1], [0], [9], [3]])
    one_hot = np.eye(10)[labels[:, 0]]
    expected = keras.losses.categorical_crossentropy(one_hot, probabilities, label_smoothing=0.1)
    assert np.allclose(head.loss(labels, probabilities), expected)
    assert np.allclose(head.loss(labels[:, 0], probabilities), expected)
    history = head.fit(np.zeros((8, 16)), np.arange(8), verbose=0).history
    assert history["loss"][0] > 1
    assert 0 <= history["accuracy"][0] <= 1


def test_prefix_resizes_and_scales_raw_images(tmp_path: Path) -> None:
    """TF Hub models get pixels from 0 to 1 at their own image size."""
    save_function(tmp_path, lambda images: tf.reduce_max(images, axis=[1, 2]), size=224)
    with backbones.use(str(tmp_path)):
        prefix = mobilenet_v2.frozen_prefix(keras_tuner.HyperParameters(), (32, 32, 3))
    bright = np.zeros((1, 32, 32, 3), np.uint8)
    bright[0, 8, 8] = (255, 128, 0)
    assert prefix.inputs[0].dtype == "uint8"
    maxima = call(prefix, np.concatenate([bright, np.full_like(bright, 255)]))
    # A single bright pixel spreads over 7 pixels; the middle keeps its value.
    assert np.allclose(maxima, [[1.0, 128 / 255, 0.0], [1.0, 1.0, 1.0]], atol=1e-5)


@pytest.mark.usefixtures("tf_hub")
def test_prefix_interpolates_in_full_precision() -> None:
    """Interpolated values are not rounded to bytes."""
    prefix = mobilenet_v2.frozen_prefix(keras_tuner.HyperParameters(), (32, 32, 3))
    seen = call(keras.Model(prefix.input, prefix.layers[-2].output), IMAGES)
    reference = keras.ops.image.resize(IMAGES.astype(np.float32), (224, 224), interpolation="bilinear")
    assert np.allclose(seen, keras.ops.convert_to_numpy(reference) / 255, atol=1e-5)


@pytest.mark.usefixtures("tf_hub")
def test_head_follows_its_hyperparameters() -> None:
    """Every hyperparameter of the head changes the model."""
    _, head, _ = _built(batch_norm=True, units=64, dropout=0.3, regularized=True, l2=1e-3, optimizer="adamw")
    layers = [layer for layer in head.layers if not isinstance(layer, keras.layers.InputLayer)]
    assert [type(layer).__name__ for layer in layers] == ["BatchNormalization", "Dense", "Dropout", "Dense"]
    assert (layers[1].units, layers[2].rate) == (64, 0.3)
    assert np.allclose([layers[1].kernel_regularizer.l2, layers[3].kernel_regularizer.l2], 1e-3)
    assert type(head.optimizer) is keras.optimizers.AdamW


@pytest.mark.shared
def test_the_reference_models_weights(shared: Path) -> None:
    """The real network with its logits gives features, and the joined model equals its parts."""
    with backbones.use(str(shared / "models/mobilenet_v2_100_224/classification")):
        prefix, head, _ = _built()
        assert backbones.facts().num_features == 1001
    assert backbones.count_parameters(prefix) == 3_540_265
    array = features(prefix, IMAGES, cache=None).array
    assert array.shape == (4, 1001)
    assert array.std() > 0.1
    parts = call(head, array)
    assert np.abs(call(join(prefix, head), IMAGES) - parts).max() < 1e-3
