"""Code that is neither Keras' nor tunebench's own is found wherever it is in a model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest
from keras import layers

from tests.backbones.saved_models import save_reusable
from tunebench import backbones
from tunebench.spaces.foreign_code import foreign_code

SHAPE = (8, 8, 3)


class Own(layers.Layer):
    """A user's layer."""

    def call(self, x: Any) -> Any:
        """Return the input."""
        return x


@keras.saving.register_keras_serializable(package="mine")
class Registered(Own):
    """A user's layer that Keras can load."""


class OwnModel(keras.Model):
    """A user's class of model."""


def doubled(x: Any) -> Any:
    """A user's activation."""
    return 2 * x


def _model(*body: Any) -> Any:
    return keras.Sequential([keras.Input(SHAPE), *body])


@pytest.mark.parametrize(
    ("build", "name"),
    [
        (lambda: _model(Own()), "Own"),
        (lambda: _model(Registered()), "Registered"),
        (lambda: _model(layers.Lambda(doubled, output_shape=SHAPE)), "Lambda"),
        (lambda: _model(layers.Dense(2, doubled)), "doubled"),
        (lambda: _model(_model(layers.TimeDistributed(Own()))), "Own"),
        (lambda: OwnModel(inputs := keras.Input(SHAPE), layers.Dense(2)(inputs)), "OwnModel"),
    ],
)
def test_foreign_code_is_named(build: Callable[[], Any], name: str) -> None:
    """A layer, function or model of the user's is found, also inside another layer or model."""
    assert foreign_code(build()) == name


def test_keras_own_code_is_known() -> None:
    """Keras' layers, operations, activations, initializers and networks are not foreign."""
    inputs = keras.Input(SHAPE)
    dense = layers.Dense(2, keras.activations.gelu, kernel_initializer=keras.initializers.HeNormal(0))
    model = keras.Model(inputs, keras.ops.mean(dense(layers.RandomFlip()(inputs)) * 2, axis=-1))
    assert foreign_code(model) is None
    network = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, weights=None, include_top=False)
    assert foreign_code(network) is None


def test_tunebenchs_own_layer_is_known(tmp_path: Path) -> None:
    """So is the layer that holds a SavedModel, because its configuration has the model's checksum."""
    save_reusable(tmp_path)
    with backbones.use(str(tmp_path)):
        assert foreign_code(backbones.mobilenet_v2(SHAPE)) is None
