"""Features: the same with and without the cache, and computed once."""

import threading
import warnings
from typing import Any

import keras
import numpy as np
import pytest

from tests.features.prefixes import IMAGE_SHAPE, convolution, pixels
from tests.small import dtype_policy
from tunebench.errors import InvalidSpaceError
from tunebench.features import FeatureCache, Inference, features


def test_equal_to_the_model_with_and_without_cache(cache: FeatureCache) -> None:
    """A search on other features than the model computes would tune another model."""
    prefix, images = convolution(), pixels(10)
    expected = prefix.predict(images, verbose=0)
    for batch_size in (3, 5, 10, 64):
        direct = features(prefix, images, cache=None, batch_size=batch_size)
        assert np.allclose(direct.array, expected, atol=1e-6)
    built = features(prefix, images, cache=cache, batch_size=4)
    found = features(convolution(), images, cache=cache, batch_size=4)
    assert np.allclose(built.array, expected, atol=1e-6)
    assert np.array_equal(found.array, built.array)
    assert (built.from_cache, found.from_cache, direct.from_cache) == (False, True, False)
    assert found.array.dtype == np.float32


def test_warm_cache_still_costs_what_it_cost(cache: FeatureCache) -> None:
    """The clock counts the prefix of a final training, warm cache or not."""
    built = features(convolution(), pixels(), cache=cache)
    found = features(convolution(), pixels(), cache=FeatureCache(cache.folder))
    assert found.from_cache
    assert found.seconds == built.seconds > 0
    assert features(convolution(), pixels(), cache=None).seconds > 0


def test_other_images_or_prefix_are_other_features(cache: FeatureCache) -> None:
    """One changed pixel, or one image less, must not find the old features."""
    images = pixels()
    features(convolution(), images, cache=cache)
    changed = images.copy()
    changed[0, 0, 0, 0] ^= 1
    for prefix, other in (
        (convolution(), changed),
        (convolution(), images[:-1]),
        (convolution(), images[::-1]),
        (convolution(seed=1), images),
    ):
        found = features(prefix, other, cache=cache)
        assert not found.from_cache
        assert np.allclose(found.array, prefix.predict(other, verbose=0), atol=1e-6)


def test_feature_maps(cache: FeatureCache) -> None:
    """A prefix that is cut in the middle gives maps, not vectors."""
    images = keras.Input(IMAGE_SHAPE, dtype="uint8")
    prefix = keras.Model(images, keras.layers.MaxPooling2D()(keras.layers.Rescaling(1 / 255)(images)))
    found = features(prefix, pixels(5), cache=cache, batch_size=2)
    assert found.array.shape == (5, 4, 4, 3)
    assert np.allclose(found.array, prefix.predict(pixels(5), verbose=0))


def test_progress_reaches_the_end_and_counts_no_padding() -> None:
    """The bar would stop short, or pass the end."""
    seen: list[tuple[int, int]] = []
    features(convolution(), pixels(10), cache=None, batch_size=4, progress=lambda *done: seen.append(done))
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_random_layers_do_not_matter(cache: FeatureCache) -> None:
    """Dropout or augmentation inside a prefix must be off: the features are computed once."""
    images = keras.Input(IMAGE_SHAPE, dtype="uint8")
    x = keras.layers.RandomFlip()(keras.layers.Rescaling(1 / 255)(images))
    x = keras.layers.BatchNormalization()(keras.layers.Dropout(0.5)(x))
    prefix = keras.Model(images, keras.layers.Flatten()(x))
    plain = pixels().reshape(10, -1) / 255 / np.sqrt(1 + 1e-3)
    assert np.allclose(features(prefix, pixels(), cache=cache).array, plain, atol=1e-5)


def test_half_precision_prefix_gives_float32() -> None:
    """NumPy has no bfloat16: what is trained on the features could not read them."""
    with dtype_policy("mixed_bfloat16"):
        found = features(convolution(), pixels(), cache=None)
    assert found.array.dtype == np.float32
    assert np.allclose(found.array, convolution().predict(pixels(), verbose=0), atol=0.02)


seen_shapes: list[tuple[int, ...]] = []


class _Spy(keras.Model):
    """A functional model that notes the shapes it is called with."""

    def predict_on_batch(self, x: Any) -> Any:
        seen_shapes.append(x.shape)
        return super().predict_on_batch(x)


def test_trace_once() -> None:
    """An odd last batch, traced anew, would cost more than the batch: a second on MobileNetV2."""
    plain = convolution()
    seen_shapes.clear()
    features(_Spy(plain.inputs, plain.outputs, name="spy"), pixels(10), cache=None, batch_size=4)
    assert seen_shapes == [(4, *IMAGE_SHAPE)] * 3


def test_several_outputs_are_an_error(cache: FeatureCache) -> None:
    """A space file may return them; the head could not take a list."""
    images = keras.Input(IMAGE_SHAPE, dtype="uint8")
    x = keras.layers.Rescaling(1 / 255)(images)
    with pytest.raises(InvalidSpaceError, match="must give one tensor"):
        features(keras.Model(images, [x, x]), pixels(), cache=cache)
    assert not cache.usage().num_arrays


def test_same_training_on_cached_and_computed_features(cache: FeatureCache) -> None:
    """Training on the cache must be training of the whole model with a frozen prefix."""
    images, labels = pixels(64), np.arange(64) % 4
    prefix = convolution()
    keras.utils.set_random_seed(0)
    head = keras.Sequential([keras.Input((4,)), keras.layers.Dense(4, "softmax")])
    initial = head.get_weights()
    losses = []
    prefix.trainable = False
    whole = keras.Sequential([prefix, head])
    for model, inputs in ((whole, images), (head, features(prefix, images, cache=cache).array)):
        head.set_weights(initial)
        model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
        history = model.fit(inputs, labels, batch_size=16, epochs=2, shuffle=False, verbose=0).history
        losses.append(history["loss"])
    assert np.allclose(losses[0], losses[1], atol=1e-5)
    assert losses[0][1] < losses[0][0]


def test_reading_needs_no_memory_for_all(cache: FeatureCache) -> None:
    """Features of 50,000 images at a cut take gigabytes: they stay on disk."""
    features(convolution(), pixels(), cache=cache)
    array = features(convolution(), pixels(), cache=cache).array
    assert isinstance(array, np.memmap)
    assert not array.flags.writeable
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        head = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
        head.compile("sgd", "sparse_categorical_crossentropy")
        head.fit(array, np.zeros(len(array)), verbose=0)


def test_another_device_computes_its_own(cache: FeatureCache, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU's training time would hold the minutes that a processor took for the features."""
    features(convolution(), pixels(), cache=cache)
    monkeypatch.setattr("tunebench.environment.device", lambda: "GPU: another")
    assert not features(convolution(), pixels(), cache=cache).from_cache
    assert features(convolution(), pixels(), cache=cache).from_cache


LOCK = threading.Lock()


class Locked(keras.layers.Layer):
    """Uses what nobody can look into."""

    def call(self, x: Any) -> Any:
        """Add one."""
        with LOCK:
            return x + 1


def test_what_cannot_be_compared_is_not_kept(cache: FeatureCache, caplog: pytest.LogCaptureFixture) -> None:
    """A changed prefix would find old features; and features that are never kept must not go unsaid."""
    images = keras.Input(IMAGE_SHAPE, dtype="uint8")
    prefix = keras.Model(images, Locked()(keras.layers.Rescaling(1.0)(images)))
    for _ in range(2):
        found = features(prefix, pixels(), cache=cache)
        assert not found.from_cache
        assert np.array_equal(found.array, pixels() + np.float32(1))
    assert not cache.usage().num_arrays
    (message,) = caplog.messages
    assert "_thread.lock" in message


@keras.saving.register_keras_serializable(package="test_extraction")
class _Counting(keras.layers.Layer):
    """Counts how often its code runs, which is once for each compilation."""

    calls = 0

    def call(self, inputs: Any) -> Any:
        type(self).calls += 1
        return inputs


def test_sets_of_images_share_a_network_that_is_made_ready_once() -> None:
    """Folding and compiling a large network takes seconds, and would be paid for each set."""
    images = keras.Input(IMAGE_SHAPE, dtype="uint8")
    prefix = keras.Model(images, _Counting()(keras.layers.Rescaling(1 / 255)(images)))
    network = Inference(prefix)
    first = features(network, pixels(10), cache=None, batch_size=4)
    calls = _Counting.calls
    second = features(network, pixels(7), cache=None, batch_size=4)
    assert _Counting.calls == calls > 0
    for found, number in ((first, 10), (second, 7)):
        assert np.array_equal(found.array, features(prefix, pixels(number), cache=None, batch_size=4).array)
    assert _Counting.calls > calls
