"""A saved Keras model includes its SavedModel."""

import shutil
import zipfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.backbones import saved_models
from tests.eager import call
from tunebench import backbones
from tunebench.backbones import saved_model
from tunebench.dtype_policy import dtype_policy

IMAGES = np.random.default_rng(0).uniform(size=(3, 8, 8, 3)).astype(np.float32)


def _model(folder: Path) -> Any:
    with backbones.use(str(folder)):
        return keras.Sequential(
            [keras.Input((8, 8, 3)), backbones.mobilenet_v2((8, 8, 3)), keras.layers.Dense(2)]
        )


def test_saved_file_needs_no_handle(tmp_path: Path) -> None:
    """A saved model loads in a new process without the SavedModel's folder, and can be saved again."""
    folder = saved_models.save_reusable(tmp_path / "model")
    model = _model(folder)
    expected = model.predict(IMAGES, verbose=0)
    model.save(tmp_path / "winner.keras")
    shutil.rmtree(folder)
    saved_model._loaded.clear()
    backbones.register_layers()
    again = keras.saving.load_model(tmp_path / "winner.keras", safe_mode=True)
    assert np.array_equal(again.predict(IMAGES, verbose=0), expected)
    assert backbones.count_parameters(again) == backbones.count_parameters(model)
    again.save(tmp_path / "copy.keras")
    saved_model._loaded.clear()
    copy = keras.saving.load_model(tmp_path / "copy.keras", safe_mode=True)
    assert np.array_equal(copy.predict(IMAGES, verbose=0), expected)


# Keras searches nested containers before it fails.
@pytest.mark.filterwarnings("ignore:Skipping nested container")
def test_altered_file_is_refused(reusable: Path, tmp_path: Path) -> None:
    """A `.keras` file whose SavedModel was changed does not load."""
    _model(reusable).save(tmp_path / "winner.keras")
    with (
        zipfile.ZipFile(tmp_path / "winner.keras") as original,
        zipfile.ZipFile(tmp_path / "altered.keras", "w") as altered,
    ):
        for name in original.namelist():
            content = original.read(name)
            altered.writestr(name, content + b"\0" if name.endswith("data-00000-of-00001") else content)
    saved_model._loaded.clear()
    with pytest.raises(ValueError, match="damaged or has been altered"):
        keras.saving.load_model(tmp_path / "altered.keras", safe_mode=True)


def test_clone_and_export(reusable: Path, tmp_path: Path) -> None:
    """Cloned and exported models compute the same as the original."""
    model = _model(reusable)
    expected = call(model, IMAGES)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert np.array_equal(call(clone, IMAGES), expected)
    model.export(tmp_path / "exported", verbose=False)
    assert np.allclose(tf.saved_model.load(tmp_path / "exported").serve(IMAGES), expected, atol=1e-6)


def test_model_without_its_saved_model_is_an_error(reusable: Path) -> None:
    """A model rebuilt from its JSON alone names the missing SavedModel."""
    configuration = _model(reusable).to_json()
    saved_model._loaded.clear()
    rebuilt = keras.models.model_from_json(configuration)
    with pytest.raises(Exception, match="not loaded in this process"):
        call(rebuilt, IMAGES)


def test_half_precision_does_not_reach_the_saved_model(reusable: Path) -> None:
    """Under mixed_bfloat16 a SavedModel still computes in float32."""
    expected = call(_model(reusable).layers[0], IMAGES)
    with dtype_policy("mixed_bfloat16"):
        features = call(_model(reusable).layers[0], IMAGES)
    assert features.dtype == np.float32
    assert np.allclose(features, expected)


def test_training_does_not_change_the_backbone(reusable: Path) -> None:
    """Training a head leaves the backbone's features unchanged."""
    model = _model(reusable)
    model.compile("sgd", "mse")
    before = call(model.layers[0], IMAGES)
    model.fit(IMAGES, np.ones((3, 2)), verbose=0)
    assert np.array_equal(call(model.layers[0], IMAGES), before)
    assert len(model.trainable_variables) == 2
