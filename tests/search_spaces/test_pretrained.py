"""The space of any network of keras.applications."""

from pathlib import Path
from typing import Any

import keras
import keras_tuner
import numpy as np
import pytest

from tests.eager import call
from tunebench import backbones, spaces
from tunebench.features import join
from tunebench.options import TrainOptions
from tunebench.session import open_session

pytestmark = pytest.mark.slow

# The network of the fewest layers, which is built fastest.
NAME = "VGG16"
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of the network."""
    path = tmp_path_factory.mktemp("weights") / "random.weights.h5"
    keras.applications.VGG16(weights=None, include_top=False).save_weights(path)
    return path


def _declared(name: str) -> dict[str, Any]:
    """The hyperparameters of a network that is not built."""
    hp = keras_tuner.HyperParameters()
    spaces.find(name).build(hp, (512,), 10)
    return {known.name: known for known in hp.space}


def test_what_is_trained_depends_on_the_network() -> None:
    """The numbers of layers are those at which it can be cut; without any, nothing is declared."""
    found = _declared("ResNet50")
    assert found["trainable_layers"].values == [0, *backbones.network("ResNet50").tails]
    assert found["fine_tuning_factor"].conditions[0].name == "trainable_layers"
    assert not {"trainable_layers", "fine_tuning_factor"} & set(_declared("NASNetMobile"))


def test_images_of_the_networks_own_size_and_smaller(weights: Path) -> None:
    """By default they have the size that the network was made for, and nothing of it is trained."""
    hp = keras_tuner.HyperParameters()
    with backbones.use(str(weights)):
        prefix, head = spaces.find(NAME).build_whole(hp, (32, 32, 3), 10)
    assert prefix is not None
    assert prefix.layers[-1].input_shape == (None, 224, 224, 3)
    (sizes,) = [known for known in hp.space if known.name == "image_size"]
    assert (sizes.values, sizes.default) == ([96, 128, 160, 192, 224], 224)
    assert len(head.trainable_variables) == 2


def test_the_prefix_resizes_preprocesses_and_applies_the_network(weights: Path) -> None:
    """From raw images, it gives the features that Keras' own functions give."""
    hp = keras_tuner.HyperParameters()
    hp.values = {"image_size": 96, "pooling": "max"}
    with backbones.use(str(weights)):
        prefix = spaces.find(NAME).frozen_prefix(hp, (32, 32, 3))
    size = (96, 96, 3)
    network = keras.applications.VGG16(weights=None, include_top=False, input_shape=size, pooling="max")
    network.load_weights(weights)
    resized = keras.ops.image.resize(IMAGES.astype(np.float32), (96, 96), interpolation="bilinear")
    expected = call(network, keras.applications.vgg16.preprocess_input(resized))
    assert expected.std() > 0.1
    assert np.allclose(call(prefix, IMAGES), expected, rtol=1e-4, atol=1e-4)


def test_trained_layers_are_in_the_saved_winner(weights: Path, tmp_path: Path) -> None:
    """The saved model contains them and computes the same as its two parts."""
    hp = keras_tuner.HyperParameters()
    hp.values = {"image_size": 96, "trainable_layers": 2, "learning_rate": 1e-2, "fine_tuning_factor": 1.0}
    with backbones.use(str(weights)):
        prefix, head = spaces.find(NAME).build_whole(hp, (32, 32, 3), 10)
    inputs = call(prefix, IMAGES)
    (kernel,) = [weight for weight in head.trainable_weights if weight.path == "block5_conv3/kernel"]
    before = np.array(kernel)
    head.run_eagerly = True
    head.fit(inputs, np.arange(4), verbose=0)
    assert np.abs(np.array(kernel) - before).max() > 1e-3
    join(prefix, head).save(tmp_path / "winner.keras")
    loaded = keras.saving.load_model(tmp_path / "winner.keras", safe_mode=True)
    assert np.allclose(call(loaded, IMAGES), call(head, inputs), atol=1e-4)


def test_a_run_knows_its_space_by_name() -> None:
    """It can be trained again from any folder; without `--backbone` its weights are those of Keras."""
    options = TrainOptions(dataset="digits", train_size=60, test_size=20)
    with open_session(NAME, options) as session:
        assert session.origin()["space_source"] == NAME
        assert session.backbone == backbones.selected() == "keras"
