"""Batch norm is folded into the layers before it."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from tests.eager import call
from tests.features.prefixes import pixels
from tunebench.features import FeatureCache, features
from tunebench.features.folding import folded
from tunebench.features.prefix_key import fingerprint

SHAPE = (12, 12, 4)


def _with_statistics(model: Any) -> Any:
    """Give a model's batch norm random statistics, because new ones change nothing."""
    generator = np.random.default_rng(0)
    for norm in _norms(model):
        norm.set_weights([generator.uniform(0.5, 2.0, weight.shape) for weight in norm.get_weights()])
    return model


def _norms(model: Any) -> list[Any]:
    nested = [norm for layer in model.layers if isinstance(layer, keras.Model) for norm in _norms(layer)]
    return nested + [layer for layer in model.layers if isinstance(layer, layers.BatchNormalization)]


def _model(body: Callable[[Any], Any], shape: tuple[int, ...] = SHAPE) -> Any:
    inputs = keras.Input(shape)
    return _with_statistics(keras.Model(inputs, body(inputs)))


def _assert_equal(model: Any, other: Any) -> None:
    inputs = np.random.default_rng(1).normal(size=(3, *model.inputs[0].shape[1:])).astype(np.float32)
    assert np.allclose(call(model, inputs), call(other, inputs), rtol=1e-5, atol=1e-5)


CONVOLUTION = (lambda: layers.Conv2D(6, 3), SHAPE)


@pytest.mark.parametrize(
    ("layer", "shape", "settings"),
    [
        (*CONVOLUTION, {}),
        (*CONVOLUTION, {"scale": False}),
        (*CONVOLUTION, {"center": False}),
        (*CONVOLUTION, {"epsilon": 0.1}),
        (lambda: layers.Conv2D(6, 3, strides=2, use_bias=False, padding="same"), SHAPE, {}),
        (lambda: layers.Conv2D(6, 3, groups=2, dilation_rate=2), SHAPE, {}),
        (lambda: layers.DepthwiseConv2D(3, use_bias=False), SHAPE, {}),
        (lambda: layers.DepthwiseConv2D(3, depth_multiplier=3), SHAPE, {}),
        (lambda: layers.SeparableConv2D(6, 3, depth_multiplier=2), SHAPE, {}),
        (lambda: layers.Conv1D(6, 3), (12, 4), {}),
        (lambda: layers.Dense(5), (7,), {}),
        (lambda: layers.Dense(5, use_bias=False), SHAPE, {}),
    ],
)
def test_each_layer_that_takes_a_batch_norm(
    layer: Callable[[], Any], shape: tuple[int, ...], settings: dict[str, Any]
) -> None:
    """The batch norm disappears and the output stays the same."""
    model = _model(lambda x: layers.ReLU()(layers.BatchNormalization(**settings)(layer()(x))), shape)
    result = folded(model)
    assert not _norms(result)
    _assert_equal(model, result)


def _first(x: Any) -> Any:
    return layers.BatchNormalization()(x)


def _read_twice(x: Any) -> Any:
    x = layers.Conv2D(4, 1)(x)
    return layers.Add()([x, layers.BatchNormalization()(x)])


def _used_twice(x: Any) -> Any:
    layer = layers.Conv2D(4, 1)
    return layers.Add()([layer(x), layers.BatchNormalization()(layer(x))])


def _norm_used_twice(x: Any) -> Any:
    norm = layers.BatchNormalization()
    return layers.Add()([norm(layers.Conv2D(4, 1)(x)), norm(layers.Conv2D(4, 1)(x))])


@pytest.mark.parametrize(
    "body",
    [
        _read_twice,
        _used_twice,
        _norm_used_twice,
        lambda x: layers.BatchNormalization()(layers.Conv2D(4, 1, activation="relu")(x)),
        lambda x: layers.BatchNormalization(axis=1)(layers.Conv2D(4, 1)(x)),
        lambda x: layers.BatchNormalization()(layers.Conv2DTranspose(4, 2)(x)),
        lambda x: layers.BatchNormalization()(layers.Conv2D(4, 1, dtype="mixed_bfloat16")(x)),
        _first,
        lambda x: layers.BatchNormalization()(layers.Conv2D(4, 1)(x), training=True),
    ],
)
def test_what_cannot_be_folded_stays(body: Callable[[Any], Any]) -> None:
    """A batch norm stays if anything else uses the layer's output or comes in between."""
    model = _model(body)
    result = folded(model)
    assert len(_norms(result)) == len(_norms(model))
    _assert_equal(model, result)


def test_an_output_in_between_stays() -> None:
    """A batch norm stays if the model also outputs its input."""
    inputs = keras.Input(SHAPE)
    x = layers.Conv2D(4, 1)(inputs)
    model = _with_statistics(keras.Model(inputs, [x, layers.BatchNormalization()(x)]))
    assert len(_norms(folded(model))) == 1


def test_nested_and_sequential_models() -> None:
    """Models inside a model are folded too."""
    inner = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(5, 3), layers.BatchNormalization()])
    middle = _model(lambda x: layers.ReLU()(inner(x)))
    model = _model(lambda x: layers.GlobalAveragePooling2D()(middle(layers.Rescaling(0.5)(x))))
    result = folded(model)
    assert not _norms(result)
    _assert_equal(model, result)


class _Own(keras.Model):
    """A functional model whose call does more than its graph."""

    def call(self, *arguments: Any, **keywords: Any) -> Any:
        return 1 + super().call(*arguments, **keywords)


def test_a_subclass_is_not_changed() -> None:
    """A subclass is not folded, because its call may do more than its graph."""
    plain = _model(lambda x: layers.BatchNormalization()(layers.Conv2D(4, 1)(x)))
    model = _Own(plain.inputs, plain.outputs)
    assert folded(model) is model


def test_the_model_itself_is_not_changed() -> None:
    """Folding a network of keras.applications leaves its weights and configuration unchanged."""
    model = keras.applications.MobileNet((32, 32, 3), 0.25, weights=None, include_top=False)
    _with_statistics(model)
    before, config = fingerprint(model), model.get_config()
    result = folded(model)
    assert (fingerprint(model), model.get_config()) == (before, config)
    assert len(_norms(model)) == 27
    assert not _norms(result)
    _assert_equal(model, result)


def test_features_are_computed_with_the_folded_network(cache: FeatureCache) -> None:
    """They are right even if the prefix's batch norm is disabled."""
    images = keras.Input(pixels().shape[1:], dtype="uint8")
    x = layers.BatchNormalization(name="norm")(layers.Conv2D(4, 3)(layers.Rescaling(1 / 255)(images)))
    prefix = _with_statistics(keras.Model(images, layers.GlobalAveragePooling2D()(x)))
    expected = call(prefix, pixels())
    prefix.get_layer("norm").call = lambda x, **_: x
    assert np.allclose(features(prefix, pixels(), cache=cache).array, expected, atol=1e-5)
