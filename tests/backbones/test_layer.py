"""A saved Keras model carries the SavedModel with it."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.backbones import saved_models
from tests.small import dtype_policy
from tunebench import backbones
from tunebench.backbones import saved_model

IMAGES = np.random.default_rng(0).uniform(size=(3, 8, 8, 3)).astype(np.float32)


def _model(folder: Path) -> Any:
    with backbones.use(str(folder)):
        return keras.Sequential(
            [keras.Input((8, 8, 3)), backbones.mobilenet_v2((8, 8, 3)), keras.layers.Dense(2)]
        )


def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_model, "_loaded", {})


def test_saved_file_needs_no_handle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A winner sent to another machine, or kept after the cache was emptied, would not load."""
    folder = saved_models.save_reusable(tmp_path / "model")
    model = _model(folder)
    expected = model.predict(IMAGES, verbose=0)
    model.save(tmp_path / "winner.keras")
    shutil.rmtree(folder)
    _forget(monkeypatch)
    backbones.register_layers()
    again = keras.saving.load_model(tmp_path / "winner.keras", safe_mode=True)
    assert np.array_equal(again.predict(IMAGES, verbose=0), expected)
    assert backbones.count_parameters(again) == backbones.count_parameters(model)
    # And once more from there.
    again.save(tmp_path / "copy.keras")
    _forget(monkeypatch)
    copy = keras.saving.load_model(tmp_path / "copy.keras", safe_mode=True)
    assert np.array_equal(copy.predict(IMAGES, verbose=0), expected)


# Keras goes on looking for the layer's content before it gives up.
@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_altered_file_is_refused(reusable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another SavedModel put into the archive would run unnoticed."""
    _model(reusable).save(tmp_path / "winner.keras")
    with (
        zipfile.ZipFile(tmp_path / "winner.keras") as original,
        zipfile.ZipFile(tmp_path / "altered.keras", "w") as altered,
    ):
        for name in original.namelist():
            content = original.read(name)
            altered.writestr(name, content + b"\0" if name.endswith("data-00000-of-00001") else content)
    _forget(monkeypatch)
    with pytest.raises(ValueError, match="damaged or was altered"):
        keras.saving.load_model(tmp_path / "altered.keras", safe_mode=True)


def test_clone_and_export(reusable: Path, tmp_path: Path) -> None:
    """Keras Tuner and ``tunebench export`` do these to models."""
    model = _model(reusable)
    expected = model.predict(IMAGES, verbose=0)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert np.array_equal(clone.predict(IMAGES, verbose=0), expected)
    model.export(tmp_path / "exported", verbose=False)
    assert np.allclose(tf.saved_model.load(tmp_path / "exported").serve(IMAGES), expected, atol=1e-6)


def test_config_alone_says_what_is_missing(reusable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model rebuilt from its JSON would fail with an AttributeError."""
    model = _model(reusable)
    configuration = model.to_json()
    _forget(monkeypatch)
    rebuilt = keras.models.model_from_json(configuration)
    with pytest.raises(Exception, match="not loaded in this process"):
        rebuilt.predict(IMAGES, verbose=0)


def test_half_precision_does_not_reach_the_saved_model(reusable: Path) -> None:
    """A SavedModel takes float32 only: --precision mixed_bfloat16 would end in a type error."""
    expected = _model(reusable).layers[0].predict(IMAGES, verbose=0)
    with dtype_policy("mixed_bfloat16"):
        features = _model(reusable).layers[0].predict(IMAGES, verbose=0)
    assert features.dtype == np.float32
    assert np.allclose(features, expected)


def test_training_leaves_it_alone(reusable: Path) -> None:
    """A frozen backbone that is trained makes every cached feature wrong."""
    model = _model(reusable)
    model.compile("sgd", "mse")
    before = model.layers[0].predict(IMAGES, verbose=0)
    model.fit(IMAGES, np.ones((3, 2)), epochs=3, verbose=0)
    assert np.array_equal(model.layers[0].predict(IMAGES, verbose=0), before)
    assert len(model.trainable_variables) == 2
