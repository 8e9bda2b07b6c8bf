"""Cutting a network into a frozen front and a trainable tail."""

from typing import Any

import keras
import numpy as np
import pytest

from tunebench.backbones import cut
from tunebench.errors import BackboneError

IMAGES = np.random.default_rng(0).uniform(size=(4, 8, 8, 3)).astype(np.float32)


def _residual() -> Any:
    images = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, padding="same", name="stem")(images)
    y = keras.layers.BatchNormalization(name="inner")(keras.layers.Conv2D(4, 3, padding="same")(x))
    x = keras.layers.Add(name="block")([x, y])
    x = keras.layers.BatchNormalization(name="last_norm")(keras.layers.Conv2D(4, 3, name="last")(x))
    return keras.Model(images, keras.layers.GlobalAveragePooling2D()(x), name="network")


def test_front_and_tail_compute_the_network() -> None:
    """The tail applied to the front's output gives the network's output."""
    model = _residual()
    front, tail = cut(model, "block")
    assert np.allclose(tail(front([IMAGES])), model(IMAGES), atol=1e-6)


def test_only_the_tails_weights_are_trained() -> None:
    """Training changes neither the front nor the batch norm of the tail."""
    front, tail = cut(_residual(), "block")
    assert not front.trainable_variables
    assert {variable.path for variable in tail.trainable_variables} == {"last/kernel", "last/bias"}
    model = keras.Sequential([front, tail, keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    frozen = [*front.variables, *tail.get_layer("last_norm").variables]
    before = [np.array(variable) for variable in frozen]
    model.fit(IMAGES, np.ones((4, 2)), verbose=0)
    assert all(np.array_equal(old, np.array(new)) for old, new in zip(before, frozen, strict=True))


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        ("inner", "cannot be cut after 'inner': a connection bypasses it"),
        ("blok", "network has no layer 'blok'.*stem.*block"),
    ],
)
def test_impossible_cut_is_an_error(layer: str, reason: str) -> None:
    """Cutting through a residual connection, or after an unknown layer, is an error with the reason."""
    with pytest.raises(BackboneError, match=reason):
        cut(_residual(), layer)
