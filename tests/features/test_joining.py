"""Prefix and head are joined into one model."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.backbones.saved_models import save_reusable
from tests.eager import call
from tests.features.prefixes import IMAGE_SHAPE, convolution, pixels
from tunebench import backbones
from tunebench.features import features, join


def _saved_model(folder: Path) -> Any:
    save_reusable(folder / "model")
    with backbones.use(str(folder / "model")):
        return backbones.mobilenet_v2(IMAGE_SHAPE)


@pytest.mark.parametrize("build", [lambda _: convolution(), _saved_model], ids=["keras", "SavedModel"])
def test_the_whole_predicts_as_its_parts(build: Any, tmp_path: Path) -> None:
    """Also after it is saved, without an optimizer, and loaded in safe mode; its prefix is frozen."""
    prefix, images = build(tmp_path), pixels(12)
    inputs = features(prefix, images, cache=None).array
    head = keras.Sequential(
        [
            keras.Input(inputs.shape[1:]),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    head.compile("adam", "sparse_categorical_crossentropy")
    head.optimizer.build(head.trainable_variables)
    parts = call(head, inputs)
    whole = join(prefix, head)
    assert whole.input_shape == (None, *IMAGE_SHAPE)
    whole.save(tmp_path / "winner.keras")
    loaded = keras.saving.load_model(tmp_path / "winner.keras", safe_mode=True)
    assert not any(getattr(layer, "optimizer", None) for layer in [loaded, *loaded.layers])
    for model in (whole, loaded):
        assert np.abs(call(model, images.astype(prefix.inputs[0].dtype)) - parts).max() < 1e-3
        assert len(model.trainable_weights) == len(head.trainable_weights)


def test_equal_names_do_not_collide() -> None:
    """Prefix and head may have the same name, which ``clear_session`` makes possible."""
    prefix = convolution()
    keras.utils.clear_session()
    images = keras.Input((4,))
    head = keras.Model(images, keras.layers.Dense(2, "softmax")(images), name=prefix.name)
    assert join(prefix, head).output_shape == (None, 2)


def test_a_resizing_prefix_does_not_switch_to_training() -> None:
    """Called without a mode, the whole model infers; told to train, it drops values."""
    prefix = keras.Sequential([keras.Input(IMAGE_SHAPE), keras.layers.Resizing(8, 8)])
    head = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dropout(0.5)])
    whole, images = join(prefix, head), np.float32(pixels(2))
    np.testing.assert_array_equal(whole(images), whole(images, training=False))
    assert not np.array_equal(whole(images, training=True), whole(images, training=False))
