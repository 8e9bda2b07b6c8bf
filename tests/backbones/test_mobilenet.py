"""MobileNetV2 from Keras, from a weights file, and the agreement of all sources."""

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


def test_impossible_requests(weights: Path, reusable: Path) -> None:
    """Too small images, and what the handle does not have are errors."""
    with backbones.use(str(weights)):
        with pytest.raises(BackboneError, match="no ImageNet logits"):
            backbones.mobilenet_v2((224, 224, 3), logits=True)
        with pytest.raises(BackboneError, match="28×28 images: Input size must be at least 32x32"):
            backbones.mobilenet_v2((28, 28, 3))
    with backbones.use(str(reusable)), pytest.raises(BackboneError, match="is a SavedModel, but MobileNetV2"):
        backbones.front("MobileNetV2", (224, 224, 3), 2)


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
