"""The networks of keras.applications: names, the table, preprocessing, and networks that are cut in two."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.applications import convnext, densenet, resnet

from tests.eager import call
from tunebench import backbones
from tunebench.backbones import applications
from tunebench.backbones.cutting import has_kernel

SHAPE = (32, 32, 3)
PIXELS = np.random.default_rng(0).integers(0, 256, (2, *SHAPE), dtype=np.uint8)


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
    images = keras.Input(SHAPE)
    model = keras.Model(images, keras.layers.Identity()(backbones.preprocessed(name, images)))
    loaded = keras.Model.from_config(model.get_config())
    expected = _module(name).preprocess_input(PIXELS.astype(np.float32))
    assert np.allclose(call(loaded, PIXELS.astype(np.float32)), expected, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["VGG16", "MobileNetV3Small"])
def test_a_network_can_be_cut(name: str) -> None:
    """A chain and one of squeezes: at the longest tail of the table, it has so many layers."""
    model = applications.function(name)(weights=None, include_top=False, input_shape=SHAPE)
    _check_parts(model, _module(name).preprocess_input, backbones.network(name).tails[-1])


def _resnet() -> Any:
    def stacks(x: Any) -> Any:
        for number in (2, 3):
            x = resnet.stack_residual_blocks_v1(x, 8, 2, name=f"conv{number}")
        return x

    return resnet.ResNet(
        stacks, preact=False, use_bias=True, include_top=False, weights=None, input_shape=SHAPE
    )


def _densenet() -> Any:
    return densenet.DenseNet([1, 1, 2, 1], include_top=False, weights=None, input_shape=SHAPE)


def _convnext() -> Any:
    # Four stages, as it has always.
    return convnext.ConvNeXt([1, 1, 1, 1], [4, 8, 12, 16], include_top=False, weights=None, input_shape=SHAPE)


@pytest.mark.slow
@pytest.mark.parametrize("build", [_resnet, _densenet, _convnext])
def test_networks_of_other_kinds_can_be_cut(build: Callable[[], Any]) -> None:
    """Sums before activations, concatenations, and models inside: small ones of Keras' modules."""
    model = build()
    layers = sum(map(has_kernel, model.layers))
    # A cut in its middle, which is inside of its stages.
    longest = max(point.layers for point in backbones.cut_points(model) if point.layers <= layers / 2)
    assert longest > layers / 4
    _check_parts(model, lambda images: images / 255, longest)


def _check_parts(model: Any, preprocess: Callable[[Any], Any], longest: int) -> None:
    """Cut a network; its parts compute what it computes as a whole."""
    front, tail = backbones.cut(model, longest)
    images = preprocess(PIXELS.astype(np.float32))
    expected = call(model, images)
    assert expected.std() > 0
    # With random weights the values are small.
    assert np.allclose(call(tail, call(front, images)), expected, atol=1e-4 * np.abs(expected).max())
    assert sum(map(has_kernel, tail.layers)) == longest
    assert not front.trainable_variables
