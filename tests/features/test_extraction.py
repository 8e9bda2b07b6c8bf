"""Features are the prefix's output, with and without the cache."""

from typing import Any

import keras
import numpy as np
import pytest

from tests.eager import call
from tests.features.prefixes import IMAGE_SHAPE, convolution, on_images, pixels
from tunebench.dtype_policy import dtype_policy
from tunebench.errors import InvalidSpaceError
from tunebench.features import FeatureCache, Inference, features
from tunebench.features.batching import Batching


def test_features_are_the_models_output(cache: FeatureCache) -> None:
    """With any batch size or from the cache, which also keeps the seconds of the computation."""
    prefix, images = convolution(), pixels(10)
    expected = prefix.predict(images, verbose=0)
    for batching in (Batching(3), Batching(5), Batching(64), Batching(3, per_call=2), None):
        direct = features(prefix, images, cache=None, batching=batching)
        assert np.allclose(direct.array, expected, atol=1e-6)
        assert not direct.from_cache
        assert direct.seconds > 0
    built = features(prefix, images, cache=cache)
    found = features(convolution(), images, cache=FeatureCache(cache.folder))
    assert (built.from_cache, found.from_cache) == (False, True)
    assert np.allclose(built.array, expected, atol=1e-6)
    assert np.array_equal(found.array, built.array)
    assert found.array.dtype == np.float32
    assert found.seconds == built.seconds > 0


def test_other_images_prefixes_and_devices_have_their_own_features(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One changed pixel, a missing image or another order is enough."""
    prefix, images = convolution(), pixels()
    features(prefix, images, cache=cache)
    changed = images.copy()
    changed[0, 0, 0, 0] ^= 1
    for other in (changed, images[:-1], images[::-1]):
        assert not features(prefix, other, cache=cache).from_cache
    assert not features(convolution(seed=1), images, cache=cache).from_cache
    monkeypatch.setattr("tunebench.environment.device", lambda: "GPU: another")
    assert not features(prefix, images, cache=cache).from_cache
    assert features(prefix, images, cache=cache).from_cache


def test_feature_maps_stay_on_disk(cache: FeatureCache) -> None:
    """A prefix may give maps; what is read is memory-mapped and read-only, and Keras can train on it."""
    prefix = on_images(lambda x: keras.layers.MaxPooling2D()(keras.layers.Rescaling(1 / 255)(x)))
    for _ in range(2):
        found = features(prefix, pixels(5), cache=cache, batching=Batching(2))
    assert isinstance(found.array, np.memmap)
    assert not found.array.flags.writeable
    assert found.array.shape == (5, 4, 4, 3)
    assert np.allclose(found.array, call(prefix, pixels(5)))
    head = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    head.compile("sgd", "mse")
    head.train_on_batch(found.array, np.zeros((5, 2)))


def test_batches_have_one_shape_and_progress_counts_images() -> None:
    """The last batch is padded, because another shape would be traced again; padding is not counted."""
    shapes: list[tuple[int, ...]] = []
    done: list[tuple[int, int]] = []

    class Spy(keras.Model):
        def predict_on_batch(self, x: Any) -> Any:
            shapes.append(x.shape)
            return super().predict_on_batch(x)

    plain = convolution()
    spy = Spy(plain.inputs, plain.outputs)
    features(spy, pixels(10), cache=None, batching=Batching(4), progress=lambda *each: done.append(each))
    assert shapes == [(4, *IMAGE_SHAPE)] * 3
    assert done == [(4, 10), (8, 10), (10, 10)]


def test_random_layers_are_off(cache: FeatureCache) -> None:
    """Features are computed in inference mode."""

    def body(images: Any) -> Any:
        x = keras.layers.RandomFlip()(keras.layers.Rescaling(1 / 255)(images))
        return keras.layers.Flatten()(keras.layers.BatchNormalization()(keras.layers.Dropout(0.5)(x)))

    plain = pixels().reshape(10, -1) / 255 / np.sqrt(1 + 1e-3)
    assert np.allclose(features(on_images(body), pixels(), cache=cache).array, plain, atol=1e-5)


def test_a_prefix_of_half_precision_gives_float32() -> None:
    """NumPy has no bfloat16."""
    with dtype_policy("mixed_bfloat16"):
        found = features(convolution(), pixels(), cache=None)
    assert found.array.dtype == np.float32
    assert np.allclose(found.array, call(convolution(), pixels()), atol=0.02)


def test_several_outputs_are_an_error(cache: FeatureCache) -> None:
    """A head takes one tensor."""
    with pytest.raises(InvalidSpaceError, match="must give one tensor"):
        features(on_images(lambda x: [keras.layers.Rescaling(1 / 255)(x)] * 2), pixels(), cache=cache)
    assert not cache.usage().num_arrays


class _Counting(keras.layers.Layer):
    """Counts how often it is traced."""

    calls = 0

    def call(self, inputs: Any) -> Any:
        type(self).calls += 1
        return inputs


def test_a_prefix_with_foreign_code(cache: FeatureCache, caplog: pytest.LogCaptureFixture) -> None:
    """Its features are not written to disk, one warning says so, and sets of images share its compilation."""
    prefix = on_images(lambda x: _Counting()(keras.layers.Rescaling(1.0)(x)))
    inference = Inference(prefix)
    traced = []
    for number in (10, 7):
        found = features(inference, pixels(number), cache=cache, batching=Batching(4))
        assert not found.from_cache
        assert np.array_equal(found.array, pixels(number))
        traced.append(_Counting.calls)
    assert traced[0] == traced[1] > 0
    features(prefix, pixels(), cache=cache)
    assert not cache.usage().num_arrays
    (message,) = caplog.messages
    assert "uses _Counting, which is not Keras' own" in message
