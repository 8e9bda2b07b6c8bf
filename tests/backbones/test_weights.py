"""Weights of the networks of keras.applications: from files, and what is refused."""

import hashlib
import urllib.request
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.eager import call
from tunebench import backbones
from tunebench.errors import BackboneError

pytestmark = pytest.mark.slow

SHAPE = (32, 32, 3)


def test_files_with_the_classifier(tmp_path: Path) -> None:
    """Its weights are left out, in Keras' older format, in which it publishes them, and in the new one."""
    whole = keras.applications.MobileNet(weights=None)
    whole.save(tmp_path / "published.h5")
    whole.save_weights(tmp_path / "whole.weights.h5")
    for name in ("published.h5", "whole.weights.h5"):
        with backbones.use(str(tmp_path / name)):
            front = backbones.front("MobileNet", SHAPE, 0)
        assert front.output_shape == (None, 1024)
        found = front.get_weights()
        assert all(map(np.array_equal, found, whole.get_weights()[: len(found)]))
        assert any(np.ptp(weights) for weights in found)


def test_front_and_tail_compute_the_network(tmp_path: Path) -> None:
    """With a file's weights, the tail applied to the front's maps gives the network's maps."""
    network = keras.applications.VGG16(weights=None, include_top=False, input_shape=SHAPE)
    network.save_weights(tmp_path / "vgg.weights.h5")
    with backbones.use(str(tmp_path / "vgg.weights.h5")):
        front = backbones.front("VGG16", SHAPE, 2)
        tail = backbones.tail("VGG16", SHAPE, 2)
    assert front.layers[-1].name == "block5_conv1"
    images = np.random.default_rng(0).uniform(-128, 128, (2, *SHAPE)).astype(np.float32)
    expected = call(network, images)
    assert expected.std() > 0.01
    assert np.allclose(call(tail, call(front, images)), expected, rtol=1e-4, atol=1e-4)
    # A kernel and a bias of each layer.
    assert len(tail.trainable_variables) == 2 * 2


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A file that is not HDF5."""
    path = tmp_path / "text.weights.h5"
    path.write_text("not HDF5")
    return path


@pytest.mark.parametrize(
    ("file", "size", "reason"),
    [
        ("random_weights", 32, "of another network, or the file is damaged"),
        ("text", 32, "of another network, or the file is damaged"),
        ("random_weights", 16, "at least 32x32"),
    ],
)
def test_other_files_and_small_images_are_one_line(
    file: str, size: int, reason: str, request: pytest.FixtureRequest
) -> None:
    """Weights of another network, what is not HDF5 and too small images are refused, with what to do."""
    path = request.getfixturevalue(file)
    with backbones.use(str(path)), pytest.raises(BackboneError, match=reason) as raised:
        backbones.front("VGG16", (size, size, 3), 0)
    message = str(raised.value)
    assert str(path) in message
    assert "cannot load the weights" in message
    assert (
        "Pass --backbone FILE, saved by keras.applications.VGG16(include_top=False).save_weights(" in message
    )
    assert "\n" not in message
    assert len(message) < 700


def test_keras_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If keras.applications cannot download its weights, the error is one line."""
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    # urllib keeps the proxies of its first download.
    urllib.request.install_opener(None)
    with backbones.use("keras"), pytest.raises(BackboneError, match="cannot load the weights") as raised:
        backbones.front("VGG16", SHAPE, 0)
    urllib.request.install_opener(None)
    assert "--backbone FILE, saved by keras.applications.VGG16(include" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_saved_model_is_refused(reusable: Path) -> None:
    """Only MobileNetV2 can be one."""
    with backbones.use(str(reusable)), pytest.raises(BackboneError, match="is a SavedModel, but VGG16"):
        backbones.front("VGG16", SHAPE, 0)


def test_an_efficientnets_file_gives_what_its_download_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras scales images further if it downloads the weights, and so does a file of the same weights."""
    # The first of seven blocks is enough behind the layers that scale.
    efficientnet = keras.src.applications.efficientnet
    monkeypatch.setattr(efficientnet, "DEFAULT_BLOCKS_ARGS", efficientnet.DEFAULT_BLOCKS_ARGS[:1])
    model = keras.applications.EfficientNetB0(weights=None, include_top=False, input_shape=SHAPE)
    (norm,) = [layer for layer in model.layers if isinstance(layer, keras.layers.Normalization)]
    # What ImageNet's file holds.
    norm.set_weights(
        [np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]), norm.get_weights()[2]]
    )
    (tmp_path / "models").mkdir()
    published = tmp_path / "models" / "efficientnetb0_notop.h5"
    model.save(published)
    digest = hashlib.md5(published.read_bytes(), usedforsecurity=False).hexdigest()
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setitem(efficientnet.WEIGHTS_HASHES, "b0", ("", digest))
    images = np.random.default_rng(0).integers(0, 256, (2, *SHAPE)).astype(np.float32)
    found = []
    for handle in ("keras", str(published)):
        with backbones.use(handle):
            front = backbones.front("EfficientNetB0", SHAPE, 0)
        found.append(call(keras.Model(front.input, front.get_layer("stem_conv").output), images))
    unscaled = call(keras.Model(model.input, model.get_layer("stem_conv").output), images)
    assert np.allclose(found[0], found[1], rtol=1e-4, atol=1e-5)
    assert not np.allclose(found[0], unscaled, rtol=0.1)
