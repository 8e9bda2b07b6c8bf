"""How many steps of a training one call runs."""

from importlib import import_module
from typing import Any

import keras
import numpy as np
import pytest

from tests.fitting.small_training import TRAIN, VALIDATION, classifier
from tunebench.fitting import Examples, FitSettings, fit
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.spaces.own_fit import OwnFit

_SETTINGS = FitSettings(epochs=2, patience=None, seed=3)
_GENERATOR = np.random.default_rng(0)
VECTORS = _GENERATOR.normal(size=(700, 40)).astype(np.float32)
LABELS = VECTORS[:, :10].argmax(axis=1)
HEAD_TRAIN, HEAD_VALIDATION = Examples(VECTORS[:600], LABELS[:600]), Examples(VECTORS[600:], LABELS[600:])


def _head(**compiled: Any) -> Any:
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.Input((40,)), keras.layers.Dropout(0.2), keras.layers.Dense(10, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], **compiled)
    return model


def _trained(model: Any, train: Examples, validation: Examples) -> tuple[Any, Any]:
    history = fit(model, train, validation, _SETTINGS, Stopwatch()).history
    return {**history, "seconds": []}, model.get_weights()


def _equal(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    return one[0] == other[0] and all(map(np.array_equal, one[1], other[1]))


def test_several_steps_per_call_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head on features gets the same weights, to the last bit; an epoch of 19 steps has four calls."""
    results = []
    for most, steps in ((1, 1), (32, 5)):
        monkeypatch.setattr(import_module("tunebench.fitting.steps"), "STEPS_PER_CALL", most)
        model = _head()
        results.append(_trained(model, HEAD_TRAIN, HEAD_VALIDATION))
        assert model.steps_per_execution == steps
        assert model.optimizer.iterations == 2 * 19
    assert _equal(*results)


def test_on_an_accelerator_copied_images_are_trained_on_in_several_steps_per_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The weights are those of single steps; a model of a user's class keeps them."""
    results = [_trained(classifier(), TRAIN, VALIDATION)]
    monkeypatch.setattr("tunebench.environment.on_processor", lambda: False)
    model = classifier()
    results.append(_trained(model, TRAIN, VALIDATION))
    assert model.steps_per_execution == 2
    assert _equal(*results)

    class Own(keras.Sequential):
        """Might do anything with its batches."""

    own = Own(classifier().layers)
    own.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    _trained(own, TRAIN, VALIDATION)
    assert own.steps_per_execution == 1


def test_a_model_that_is_compiled_with_a_number_of_steps_keeps_it() -> None:
    """It may be larger than what an epoch has."""
    model = _head(steps_per_execution=30)
    assert _equal(
        _trained(model, HEAD_TRAIN, HEAD_VALIDATION), _trained(_head(), HEAD_TRAIN, HEAD_VALIDATION)
    )
    assert model.steps_per_execution == 30


def test_a_users_callbacks_see_every_step() -> None:
    """Also on features."""
    seen: list[int] = []
    counting = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))  # noqa: ARG005
    given = FitSettings(epochs=1, patience=None, seed=3, own=OwnFit(callbacks=(counting,)))
    fit(_head(), HEAD_TRAIN, HEAD_VALIDATION, given, Stopwatch())
    assert seen == [*range(19)]
