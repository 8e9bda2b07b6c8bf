"""A training leaves nothing behind."""

import gc
import weakref
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.small import digits
from tunebench.fitting import Examples, FitSettings, begin_anew, fit
from tunebench.fitting.stopwatch import Stopwatch


def _train(seed: int) -> "weakref.ref[Any]":
    begin_anew(seed)
    data = digits(100, 20).training_data(0)
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    settings = FitSettings(epochs=1, patience=None, batch_size=32, augmentation=None, seed=seed)
    fit(
        model,
        Examples(data.train.images, data.train.labels),
        Examples(data.validation.images, data.validation.labels),
        settings,
        Stopwatch(),
    )
    return weakref.ref(model)


@pytest.mark.slow
def test_a_trainings_graphs_are_let_go() -> None:
    """Every trial would add six megabytes: TensorFlow keeps the gradients that it traced for ever."""
    _train(1)
    gc.collect()
    before = _num_operations()
    model = _train(2)
    gc.collect()
    assert model() is None
    # The first training's objects go as the second's come.
    assert _num_operations() <= before


def _num_operations() -> int:
    return sum(type(each).__name__ == "Operation" for each in gc.get_objects())


def test_a_trained_model_still_works(tmp_path: Path) -> None:
    """What is let go must not be needed to predict with it, to save it or to train it further."""
    begin_anew(1)
    data = digits(100, 20).training_data(0)
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    settings = FitSettings(epochs=2, patience=None, batch_size=32, augmentation=None, seed=1)
    train = Examples(data.train.images, data.train.labels)
    for _ in range(2):
        fit(model, train, train, settings, Stopwatch())
    model.fit(train.inputs, train.labels, verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.allclose(
        loaded.predict(train.inputs, verbose=0), model.predict(train.inputs, verbose=0), atol=1e-6
    )
