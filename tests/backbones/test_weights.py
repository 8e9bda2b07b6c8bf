"""Weights of the networks of keras.applications: from files, and what is refused."""

import hashlib
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
    whole = keras.applications.MobileNetV3Small(weights=None)
    whole.save(tmp_path / "published.h5")
    whole.save_weights(tmp_path / "whole.weights.h5")
    for name in ("published.h5", "whole.weights.h5"):
        with backbones.use(str(tmp_path / name)):
            front = backbones.front("MobileNetV3Small", SHAPE, 0)
        assert front.output_shape == (None, 576)
        found = front.get_weights()
        assert all(map(np.array_equal, found, whole.get_weights()[: len(found)]))
        assert any(np.ptp(weights) for weights in found)


@pytest.mark.parametrize("size", [32, 16])
def test_other_weights_and_small_images_are_one_line(size: int, random_weights: Path) -> None:
    """A file of another network is refused, and images below the smallest size are; both say what to do."""
    reason = "at least 32x32" if size < 32 else "of another network, or the file is damaged"
    with backbones.use(str(random_weights)), pytest.raises(BackboneError, match=reason) as raised:
        backbones.front("MobileNetV3Small", (size, size, 3), 0)
    message = str(raised.value)
    assert str(random_weights) in message
    assert "keras.applications.MobileNetV3Small(include_top=False).save_weights(" in message
    assert "\n" not in message
    assert len(message) < 700


def test_a_saved_model_is_refused(reusable: Path) -> None:
    """Only MobileNetV2 can be one."""
    with backbones.use(str(reusable)), pytest.raises(BackboneError, match="is a SavedModel, but VGG16"):
        backbones.front("VGG16", SHAPE, 0)


def test_an_efficientnets_file_gives_what_its_download_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keras scales images further if it downloads the weights, and so does a file of the same weights."""
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
    monkeypatch.setitem(keras.src.applications.efficientnet.WEIGHTS_HASHES, "b0", ("", digest))
    images = np.random.default_rng(0).integers(0, 256, (2, *SHAPE)).astype(np.float32)
    found = []
    for handle in ("keras", str(published)):
        with backbones.use(handle):
            front = backbones.front("EfficientNetB0", SHAPE, 0)
        found.append(call(keras.Model(front.input, front.get_layer("stem_conv").output), images))
    unscaled = call(keras.Model(model.input, model.get_layer("stem_conv").output), images)
    assert np.allclose(found[0], found[1], rtol=1e-4, atol=1e-5)
    assert not np.allclose(found[0], unscaled, rtol=0.1)
