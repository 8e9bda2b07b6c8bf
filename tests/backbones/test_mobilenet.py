"""MobileNetV2 from Keras, from a weights file, and the agreement of all sources."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.backbones.networks import save_random_weights
from tunebench import backbones
from tunebench.errors import BackboneError


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of a MobileNetV2 with random weights."""
    return save_random_weights(tmp_path_factory.mktemp("weights") / "no_top.weights.h5")


def test_weights_file(weights: Path) -> None:
    """The weights must be those of the file, frozen, for pixels from −1 to 1, at any size."""
    with backbones.use(str(weights)):
        facts = backbones.facts()
        backbone = backbones.mobilenet_v2((64, 32, 3))
    assert (facts.image_size, facts.can_be_cut, facts.num_features) == (None, True, 1280)
    assert np.allclose([facts.offset, 255 * facts.scale + facts.offset], [-1.0, 1.0])
    assert backbone.output_shape == (None, 1280)
    assert not backbone.trainable_variables
    images = np.random.default_rng(0).uniform(-1, 1, (2, 64, 32, 3)).astype(np.float32)
    reference = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(64, 32, 3), pooling="avg"
    )
    reference.load_weights(weights)
    expected = reference.predict(images, verbose=0)
    assert expected.std() > 0.1
    assert np.array_equal(backbone.predict(images, verbose=0), expected)


def test_pooling(weights: Path) -> None:
    """A space that cuts the network needs the maps, not their mean."""
    with backbones.use(str(weights)):
        assert backbones.mobilenet_v2((64, 32, 3), pooling=None).output_shape == (None, 2, 1, 1280)
        assert backbones.mobilenet_v2((64, 32, 3), pooling="max").output_shape == (None, 1280)


@pytest.mark.parametrize(("size", "blocks"), [(32, 3), (64, 4), (64, 13), (32, 16)])
def test_front_and_tail_fit_at_every_cut(weights: Path, size: int, blocks: int) -> None:
    """Padding depends on the maps' size: a tail built for another image would shift what it sees."""
    images = np.random.default_rng(0).uniform(-1, 1, (2, size, size, 3)).astype(np.float32)
    with backbones.use(str(weights)):
        front = backbones.mobilenet_v2_front((size, size, 3), blocks)
        tail = backbones.mobilenet_v2_tail(front.output_shape[1:], blocks)
        whole = backbones.mobilenet_v2((size, size, 3), pooling=None)
    expected = whole.predict(images, verbose=0)
    assert np.allclose(tail.predict(front.predict(images, verbose=0), verbose=0), expected, atol=1e-4)
    assert len(tail.trainable_variables) == 3 * blocks + 1


def test_impossible_cuts(weights: Path, reusable: Path) -> None:
    """The message must name the option, not a layer."""
    with backbones.use(str(weights)):
        for blocks in (0, 17):
            with pytest.raises(BackboneError, match=f"1 to 16 blocks, but {blocks}"):
                backbones.mobilenet_v2_front((32, 32, 3), blocks)
        with pytest.raises(BackboneError, match="no ImageNet logits"):
            backbones.mobilenet_v2((224, 224, 3), logits=True)
    with backbones.use(str(reusable)), pytest.raises(BackboneError, match="SavedModel, whose blocks"):
        backbones.mobilenet_v2_front((224, 224, 3), 2)


def test_too_small_images(weights: Path) -> None:
    """Keras' message speaks of an input_shape argument that the user never gave."""
    with (
        backbones.use(str(weights)),
        pytest.raises(BackboneError, match=r"from 32×32 upward, .* 28×28"),
    ):
        backbones.mobilenet_v2((28, 28, 3))


def test_foreign_weights_are_one_line(tmp_path: Path) -> None:
    """Weights of another network must be named, not loaded in part."""
    other = tmp_path / "other.weights.h5"
    keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.35
    ).save_weights(other)
    text = tmp_path / "text.weights.h5"
    text.write_text("no HDF5")
    partial = tmp_path / "partial.weights.h5"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save_weights(partial)
    for path in (other, text, partial):
        with backbones.use(str(path)), pytest.raises(BackboneError, match="does not fit") as raised:
            backbones.mobilenet_v2((32, 32, 3))
        assert str(path) in str(raised.value)
        assert "--backbone" in str(raised.value)
        assert "\n" not in str(raised.value)


@pytest.mark.slow
def test_keras_without_network_is_one_line(tmp_path: Path) -> None:
    """keras.applications raises a bare Exception where its server cannot be reached."""
    script = (
        "from tunebench.runtime import import_keras; import_keras()\n"
        "from tunebench import backbones\n"
        "from tunebench.errors import BackboneError\n"
        "with backbones.use('keras'):\n"
        "    try: backbones.mobilenet_v2((96, 96, 3))\n"
        "    except BackboneError as error: print(error)\n"
    )
    unreachable = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **unreachable, "KERAS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if not line.startswith("Downloading")]
    assert "could not download" in line
    assert "--backbone a local SavedModel folder" in line


@pytest.mark.shared
def test_sources_agree_on_real_weights(shared: Path) -> None:
    """TF Hub's and Keras' form of the same weights, each with its own scaling, must give equal features."""
    models = shared / "models/mobilenet_v2_100_224"
    images = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3)).astype(np.float32)
    features = []
    for handle in (models / "feature_vector", models / "no_top.weights.h5"):
        with backbones.use(str(handle)):
            facts = backbones.facts()
            backbone = backbones.mobilenet_v2((224, 224, 3))
            features.append(backbone.predict(images * facts.scale + facts.offset, verbose=0))
    assert features[0].std() > 0.1
    assert np.allclose(features[0], features[1], atol=1e-3)
    with backbones.use(str(models / "classification")):
        assert backbones.facts().num_features == 1001
        assert backbones.count_parameters(backbones.mobilenet_v2((224, 224, 3))) == 3_540_265
