"""Cutting a network in a frozen front and a trained tail."""

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


def test_parts_make_the_whole() -> None:
    """The tuned model would start from another network than the pretrained one."""
    model = _residual()
    front, tail = cut(model, "block")
    expected = model.predict(IMAGES, verbose=0)
    assert np.allclose(tail.predict(front.predict(IMAGES, verbose=0), verbose=0), expected, atol=1e-6)


def test_only_the_tails_weights_are_trained() -> None:
    """A front that moves makes cached features wrong; batch norm that moves ruins small batches."""
    front, tail = cut(_residual(), "block")
    assert not front.trainable_variables
    assert {variable.path for variable in tail.trainable_variables} == {"last/kernel", "last/bias"}
    model = keras.Sequential([front, tail, keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    before = [np.array(variable) for variable in (*front.variables, *tail.get_layer("last_norm").variables)]
    model.fit(IMAGES, np.ones((4, 2)), epochs=2, verbose=0)
    after = [np.array(variable) for variable in (*front.variables, *tail.get_layer("last_norm").variables)]
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))


def test_cut_through_a_residual_connection_is_an_error() -> None:
    """The tail would need two inputs; Keras' message speaks of a disconnected graph."""
    with pytest.raises(BackboneError, match=r"cannot be cut after 'inner': a connection leads around it"):
        cut(_residual(), "inner")


def test_unknown_layer_is_named_with_the_known() -> None:
    """The user of a space file needs the names to choose from."""
    with pytest.raises(BackboneError, match=r"network has no layer 'blok'.*stem.*block"):
        cut(_residual(), "blok")
