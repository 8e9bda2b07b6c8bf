"""TensorFlow's registry of gradients does not grow with each training."""

from pathlib import Path

import keras
import numpy as np

from tests.fitting.small_training import TRAIN, classifier
from tunebench.fitting import FitSettings, fit
from tunebench.fitting.gradients import _registry
from tunebench.fitting.stopwatch import Stopwatch


def test_a_training_releases_its_gradients_and_the_model_still_works(tmp_path: Path) -> None:
    """The model can be trained further, saved and loaded."""
    settings = FitSettings(epochs=1, patience=None, seed=1)
    model = classifier()
    before = set(_registry())
    for _ in range(2):
        fit(model, TRAIN, TRAIN, settings, Stopwatch())
    assert set(_registry()) == before
    model.fit(TRAIN.inputs, TRAIN.labels, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(
        loaded.predict(TRAIN.inputs, verbose=0), model.predict(TRAIN.inputs, verbose=0), atol=1e-6
    )
    # Keras alone leaves gradients behind.
    classifier().fit(TRAIN.inputs, TRAIN.labels, verbose=0)
    assert set(_registry()) > before
