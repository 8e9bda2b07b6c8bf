"""MobileNetV2 from Keras, from a weights file, and the agreement of all sources."""

import urllib.request
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.eager import call
from tunebench import backbones
from tunebench.errors import BackboneError

pytestmark = pytest.mark.slow


def test_weights_file(weights: Path) -> None:
    """The network has the file's weights, frozen, for pixels from −1 to 1, at any size and pooling."""
    with backbones.use(str(weights)):
        facts = backbones.facts()
        backbone = backbones.mobilenet_v2((64, 32, 3), pooling="max")
    assert (facts.image_size, facts.can_be_cut, facts.num_features) == (None, True, 1280)
    assert np.allclose([facts.offset, 255 * facts.scale + facts.offset], [-1.0, 1.0])
    assert backbone.output_shape == (None, 1280)
    assert not backbone.trainable_variables
    images = np.random.default_rng(0).uniform(-1, 1, (2, 64, 32, 3)).astype(np.float32)
    reference = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(64, 32, 3), pooling="max"
    )
    reference.load_weights(weights)
    expected = call(reference, images)
    assert expected.std() > 0.1
    assert np.array_equal(call(backbone, images), expected)


def test_front_and_tail_compute_the_network(weights: Path) -> None:
    """The tail applied to the front's maps gives the network's maps."""
    shape, layers = (32, 32, 3), 10
    images = np.random.default_rng(0).uniform(-1, 1, (2, *shape)).astype(np.float32)
    with backbones.use(str(weights)):
        front = backbones.front("MobileNetV2", shape, layers)
        tail = backbones.tail("MobileNetV2", shape, layers)
        complete = backbones.mobilenet_v2(shape, pooling=None)
    assert front.layers[-1].name == "block_13_project_BN"
    assert np.allclose(call(tail, call(front, images)), call(complete, images), atol=1e-4)
    assert len(tail.trainable_variables) == layers


def test_impossible_requests(weights: Path, reusable: Path) -> None:
    """Too small images, and what the handle does not have are errors."""
    with backbones.use(str(weights)):
        with pytest.raises(BackboneError, match="no ImageNet logits"):
            backbones.mobilenet_v2((224, 224, 3), logits=True)
        with pytest.raises(BackboneError, match="28×28 images: Input size must be at least 32x32"):
            backbones.mobilenet_v2((28, 28, 3))
    with backbones.use(str(reusable)), pytest.raises(BackboneError, match="is a SavedModel, but MobileNetV2"):
        backbones.front("MobileNetV2", (224, 224, 3), 2)


def test_other_weights_are_a_one_line_error(tmp_path: Path) -> None:
    """Weights of another network, and files that are not HDF5, are refused."""
    text = tmp_path / "text.weights.h5"
    text.write_text("not HDF5")
    other = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save_weights(other)
    for path in (text, other):
        with backbones.use(str(path)), pytest.raises(BackboneError, match="cannot load") as raised:
            backbones.mobilenet_v2((32, 32, 3))
        assert str(path) in str(raised.value)
        assert "--backbone" in str(raised.value)
        assert "\n" not in str(raised.value)


def test_keras_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If keras.applications cannot download its weights, the error is one line."""
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    # urllib keeps the proxies of its first download.
    urllib.request.install_opener(None)
    with backbones.use("keras"), pytest.raises(BackboneError, match="cannot load the weights") as raised:
        backbones.mobilenet_v2((96, 96, 3))
    urllib.request.install_opener(None)
    assert "--backbone FILE, saved by keras.applications.MobileNetV2(include" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.shared
def test_sources_agree_on_real_weights(shared: Path) -> None:
    """TF Hub's and Keras' files of the same weights give equal features, each with its own scaling."""
    models = shared / "models/mobilenet_v2_100_224"
    images = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3)).astype(np.float32)
    features = []
    for handle in (models / "feature_vector", models / "no_top.weights.h5"):
        with backbones.use(str(handle)):
            facts = backbones.facts()
            backbone = backbones.mobilenet_v2((224, 224, 3))
            features.append(call(backbone, images * facts.scale + facts.offset))
    assert features[0].std() > 0.1
    assert np.allclose(features[0], features[1], atol=1e-3)
    with backbones.use(str(models / "classification")):
        assert backbones.facts().num_features == 1001
        assert backbones.count_parameters(backbones.mobilenet_v2((224, 224, 3))) == 3_540_265
