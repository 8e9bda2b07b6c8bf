"""The networks of keras.applications: names, the table, preprocessing, and networks that are cut in two."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.eager import call
from tunebench import backbones
from tunebench.backbones import applications
from tunebench.backbones.cutting import has_kernel

SIDE = 32
PIXELS = np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)


def _module(name: str) -> Any:
    return getattr(keras.applications, applications.function(name).__module__.rpartition(".")[2])


def _one_of_each_module() -> list[str]:
    return list({_module(name): name for name in backbones.networks()}.values())


def test_the_networks_are_those_of_the_installed_keras() -> None:
    """All functions that build one, and nothing else."""
    found = [name for name, each in vars(keras.applications).items() if callable(each)]
    assert list(backbones.networks()) == sorted(found)


def test_the_table_has_every_network() -> None:
    """If Keras has gained or lost some, this names them; `make networks` writes the table."""
    assert set(backbones.networks()) ^ set(backbones.table()) == set()
    stored = Path(applications.__file__).with_suffix(".json").read_text("utf-8")
    assert applications.table_text(backbones.table().values()) == stored


@pytest.mark.slow
def test_rows_are_what_keras_builds() -> None:
    """Measuring a network again gives its row."""
    assert applications.measured("MobileNetV3Small") == backbones.network("MobileNetV3Small")


def test_rows_are_plausible() -> None:
    """A network is made for images of a common size; tails are distinct parts of its layers."""
    assert backbones.network("NASNetMobile").tails == ()
    for row in backbones.table().values():
        assert 224 <= row.image_size <= 600
        assert 13 <= row.layers < row.parameters
        assert list(row.tails) == sorted(set(row.tails))
        assert all(0 < layers <= 0.4 * row.layers for layers in row.tails)


@pytest.mark.parametrize("name", _one_of_each_module())
def test_preprocessing_is_that_of_the_networks_module(name: str) -> None:
    """As layers that can be saved and loaded in safe mode, they give what `preprocess_input` gives."""
    images = keras.Input((SIDE, SIDE, 3))
    model = keras.Model(images, keras.layers.Identity()(backbones.preprocessed(name, images)))
    loaded = keras.Model.from_config(model.get_config())
    expected = _module(name).preprocess_input(PIXELS.astype(np.float32))
    assert np.allclose(call(loaded, PIXELS.astype(np.float32)), expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    # A chain, sums, sums after activations, concatenations, squeezes, and models inside.
    "name",
    ["VGG16", "ResNet50", "DenseNet121", "MobileNetV3Small", "ConvNeXtTiny"],
)
def test_a_network_can_be_cut(name: str) -> None:
    """Its parts compute what it computes as a whole, at the longest tail of the table."""
    model = applications.function(name)(weights=None, include_top=False, input_shape=(SIDE, SIDE, 3))
    longest = backbones.network(name).tails[-1]
    front, tail = backbones.cut(model, longest)
    images = _module(name).preprocess_input(PIXELS.astype(np.float32))
    expected = call(model, images)
    assert expected.std() > 0
    # With random weights the values are small.
    assert np.allclose(call(tail, call(front, images)), expected, atol=1e-4 * np.abs(expected).max())
    assert sum(map(has_kernel, tail.layers)) == longest
    assert not front.trainable_variables
