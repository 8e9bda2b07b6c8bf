"""The fingerprint is equal for prefixes that compute the same, and different otherwise."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.backbones.saved_models import save_reusable
from tests.features.prefixes import IMAGE_SHAPE, convolution, pixels
from tunebench import backbones
from tunebench.dtype_policy import dtype_policy
from tunebench.features import fingerprint


def _on_images(body: Callable[[Any], Any]) -> Any:
    images = keras.Input(IMAGE_SHAPE)
    return keras.Model(images, body(images))


def _half_precision() -> Any:
    with dtype_policy("mixed_float16"):
        return convolution()


def test_a_second_build_has_the_same_fingerprint() -> None:
    """The numbers that Keras puts into names do not matter, nor does using the model."""
    first, second = convolution(), convolution()
    assert first.layers[-1].name != second.layers[-1].name
    first.predict(pixels(), verbose=0)
    assert fingerprint(first) == fingerprint(second)


@pytest.mark.parametrize(
    "other",
    [
        lambda: convolution(seed=1),
        lambda: convolution(filters=5),
        lambda: convolution(scale=1 / 127.5),
        lambda: convolution(interpolation="bicubic"),
        _half_precision,
    ],
    ids=["weights", "structure", "scaling", "resizing", "precision"],
)
def test_what_changes_the_features_changes_the_fingerprint(other: Callable[[], Any]) -> None:
    """Arguments of layers, the dtype policy and weights count."""
    assert fingerprint(other()) != fingerprint(convolution())


def test_the_graph_counts() -> None:
    """Equal layers that are connected differently have different fingerprints."""

    def build(*, crossed: bool) -> str:
        def body(images: Any) -> Any:
            first, second = keras.layers.Rescaling(1.0)(images), keras.layers.Rescaling(2.0)(images)
            return keras.layers.Subtract()([second, first] if crossed else [first, second])

        return fingerprint(_on_images(body))

    assert build(crossed=False) == build(crossed=False)
    assert build(crossed=False) != build(crossed=True)


def test_nested_models_and_wrappers_count() -> None:
    """Arguments inside them count, names do not."""

    def build(inner_scale: float, wrapped_scale: float, name: str | None = None) -> str:
        inner = keras.Sequential([keras.Input(IMAGE_SHAPE), keras.layers.Rescaling(inner_scale, name=name)])
        wrapped = keras.layers.TimeDistributed(keras.layers.Rescaling(wrapped_scale))
        return fingerprint(_on_images(lambda images: wrapped(inner(images)) * 2))

    assert build(1.0, 3.0) == build(1.0, 3.0) == build(1.0, 3.0, "mine")
    assert build(1.0, 3.0) != build(2.0, 3.0)
    assert build(1.0, 3.0) != build(1.0, 4.0)


def test_a_name_that_looks_like_a_value() -> None:
    """A layer named like its activation does not hide the activation."""

    def build(activation: str) -> str:
        return fingerprint(_on_images(keras.layers.Activation(activation, name=activation)))

    assert build("relu") != build("tanh")


def test_the_content_of_a_saved_model_counts(tmp_path: Path) -> None:
    """Two SavedModels in the same folder, one after the other, are different."""

    def build() -> str:
        with backbones.use(str(tmp_path)):
            return fingerprint(backbones.mobilenet_v2(IMAGE_SHAPE))

    save_reusable(tmp_path, seed=0)
    first = build()
    assert build() == first
    save_reusable(tmp_path, seed=1)
    assert build() != first


def test_the_version_of_the_back_end_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Features of another TensorFlow are not used."""
    before = fingerprint(convolution())
    monkeypatch.setattr(sys.modules[keras.backend.backend()], "__version__", "0.0.0")
    assert fingerprint(convolution()) != before


def test_the_smallest_change_of_a_weight_counts() -> None:
    """One changed bit gives another fingerprint."""
    prefix = convolution()
    before = fingerprint(prefix)
    kernel = prefix.weights[0]
    changed = keras.ops.convert_to_numpy(kernel).copy()
    changed.flat[0] = np.nextafter(changed.flat[0], np.float32(9))
    kernel.assign(changed)
    assert fingerprint(prefix) != before
