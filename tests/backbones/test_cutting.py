"""Cutting a network into a frozen front and a trainable tail."""

from typing import Any

import keras
import numpy as np
import pytest

from tests.eager import call
from tunebench.backbones import cut, cut_points
from tunebench.errors import BackboneError

IMAGES = np.random.default_rng(0).uniform(size=(4, 8, 8, 3)).astype(np.float32)


def _residual() -> Any:
    images = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="stem")(images)
    y = keras.layers.BatchNormalization(name="inner")(keras.layers.Conv2D(4, 3, padding="same")(x))
    x = keras.layers.Add(name="block")([x, y])
    x = keras.layers.BatchNormalization(name="last_norm")(keras.layers.Conv2D(4, 3, name="last")(x))
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x), name="network")


def _two_wide() -> Any:
    """A network that is two tensors wide from its input to its end, as NASNet's cells are."""
    images = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(3, 1)(keras.layers.Conv2D(3, 1)(images))
    return keras.Model(images, keras.layers.Add()([x, keras.layers.Conv2D(3, 1)(images)]), name="network")


def test_front_and_tail_compute_the_network() -> None:
    """The tail applied to the front's output gives the network's output."""
    model = _residual()
    front, tail = cut(model, 1)
    assert [layer.name for layer in tail.layers if layer.weights] == ["last", "last_norm"]
    assert np.allclose(call(tail, call(front, IMAGES)), call(model, IMAGES), atol=1e-6)


def test_cut_points_are_where_everything_passes() -> None:
    """Inside a residual block there are none; each says how many layers come after it."""
    points = cut_points(_residual())
    assert [point.layers for point in points] == [2, 1, 0, 0, 0]


def test_the_tail_begins_with_a_layer_that_is_trained() -> None:
    """What follows the last frozen layer is frozen with it: the sum of its block."""
    front, _ = cut(_residual(), 1)
    assert front.layers[-1].name == "block"


def test_a_model_inside_counts_as_a_layer() -> None:
    """As the downsampling of ConvNeXt; a batch norm inside the tail's is frozen too."""
    inner = keras.Sequential([keras.layers.Conv2D(4, 1, use_bias=False), keras.layers.BatchNormalization()])
    images = keras.Input((8, 8, 3))
    model = keras.Model(images, inner(keras.layers.Conv2D(4, 3)(images)) * 2.0)
    front, tail = cut(model, 1)
    assert len(tail.trainable_variables) == 1
    assert np.allclose(call(tail, call(front, IMAGES)), call(model, IMAGES), atol=1e-6)


def test_only_the_tails_weights_are_trained() -> None:
    """Training changes neither the front nor the batch norm of the tail."""
    front, tail = cut(_residual(), 1)
    assert not front.trainable_variables
    assert {variable.path for variable in tail.trainable_variables} == {"last/kernel", "last/bias"}
    model = keras.Sequential([front, tail, keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    frozen = [*front.variables, *tail.get_layer("last_norm").variables]
    before = [np.array(variable) for variable in frozen]
    model.fit(IMAGES, np.ones((4, 2)), verbose=0)
    assert all(np.array_equal(old, np.array(new)) for old, new in zip(before, frozen, strict=True))


@pytest.mark.parametrize(
    ("model", "layers", "reason"),
    [
        (_residual, 0, "to be 0 or fewer: connections bypass every point. Expected at least 1"),
        (_two_wide, 2, "connections bypass every point. Its layers cannot be trained"),
    ],
)
def test_impossible_cut_is_an_error(model: Any, layers: int, reason: str) -> None:
    """A tail that is shorter than the last cut point allows is an error that says how long it is."""
    with pytest.raises(BackboneError, match=reason):
        cut(model(), layers)
