"""Prefix and head as one model."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from tests.backbones.saved_models import save_reusable
from tests.features.prefixes import IMAGE_SHAPE, convolution, pixels
from tunebench import backbones
from tunebench.features import features, join


def _trained_head(inputs: Any) -> Any:
    head = keras.Sequential(
        [
            keras.Input(inputs.shape[1:]),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    head.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    head.fit(inputs, np.arange(len(inputs)) % 3, epochs=2, verbose=0)
    return head


def test_one_model_predicts_as_its_parts(tmp_path: Path) -> None:
    """The report's accuracy is the parts'; the file that the user gets must keep it, loaded in safe mode."""
    prefix, images = convolution(), pixels(30)
    inputs = features(prefix, images, cache=None).array
    head = _trained_head(inputs)
    parts = head.predict(inputs, verbose=0)
    whole = join(prefix, head)
    assert whole.input_shape == (None, *IMAGE_SHAPE)
    assert whole.inputs[0].dtype == "uint8"
    whole.save(tmp_path / "winner.keras")
    loaded = keras.saving.load_model(tmp_path / "winner.keras", safe_mode=True)
    for model in (whole, loaded):
        together = model.predict(images, verbose=0)
        assert np.abs(together - parts).max() < 1e-3
        assert np.array_equal(together.argmax(axis=1), parts.argmax(axis=1))


def test_saved_model_prefix(tmp_path: Path) -> None:
    """The same through the layer that carries TF Hub's weights."""
    save_reusable(tmp_path / "model")
    with backbones.use(str(tmp_path / "model")):
        prefix = backbones.mobilenet_v2(IMAGE_SHAPE)
    inputs = features(prefix, pixels(30), cache=None).array
    head = _trained_head(inputs)
    whole = join(prefix, head)
    whole.save(tmp_path / "winner.keras")
    loaded = keras.saving.load_model(tmp_path / "winner.keras", safe_mode=True)
    parts = head.predict(inputs, verbose=0)
    assert np.abs(loaded.predict(pixels(30).astype("float32"), verbose=0) - parts).max() < 1e-3


def test_prefix_is_frozen_also_when_the_whole_is_trained() -> None:
    """Training what was saved, as a user may, must not move what the search held fixed."""
    prefix, images = convolution(), pixels(12)
    before = features(prefix, images, cache=None).array
    whole = join(prefix, _trained_head(before))
    whole.compile("sgd", "sparse_categorical_crossentropy")
    whole.fit(images, np.arange(12) % 3, epochs=2, verbose=0)
    assert np.array_equal(features(prefix, images, cache=None).array, before)


def test_equal_names_do_not_collide() -> None:
    """Keras refuses two parts of one name; clear_session makes it hand out names twice."""
    prefix = convolution()
    keras.utils.clear_session()
    images = keras.Input((4,))
    head = keras.Model(images, keras.layers.Dense(2, "softmax")(images), name=prefix.name)
    assert join(prefix, head).output_shape == (None, 2)


def test_no_optimizer_in_the_file(tmp_path: Path) -> None:
    """Adam's two slots per weight would be saved, and Keras warns when it loads them."""
    prefix = convolution()
    head = _trained_head(features(prefix, pixels(12), cache=None).array)
    assert head.optimizer.variables
    join(prefix, head).save(tmp_path / "winner.keras")
    loaded = keras.saving.load_model(tmp_path / "winner.keras")
    assert not any(getattr(layer, "optimizer", None) for layer in [loaded, *loaded.layers])
