"""The accuracy on validation images is known, whatever metrics a model was compiled with."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from tests.eager import call
from tests.fitting.small_training import TRAIN, VALIDATION
from tunebench.fitting import FitSettings, fit, state
from tunebench.fitting.scores import accuracy_name
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.spaces.form import ModelForm
from tunebench.spaces.own_fit import OwnFit

KINDS = keras.metrics
SPARSE, ONE_HOT = "sparse_categorical_crossentropy", "categorical_crossentropy"


def _always_one(y_true: Any, y_pred: Any) -> Any:
    del y_pred
    return keras.ops.ones_like(y_true[..., 0])


def _model(loss: str, metrics: list[Any]) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(TRAIN.inputs.shape[1:]), keras.layers.Rescaling(1 / 255)])
    model.add(keras.layers.MaxPooling2D(4))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(10, "softmax"))
    model.compile(keras.optimizers.SGD(0.1), loss, metrics=metrics)
    return model


@pytest.mark.parametrize(
    ("loss", "metrics", "name"),
    [
        (SPARSE, ["accuracy"], "accuracy"),
        (SPARSE, ["acc"], "acc"),
        (SPARSE, [KINDS.SparseCategoricalAccuracy(name="mine")], "mine"),
        (SPARSE, [KINDS.sparse_categorical_accuracy], "sparse_categorical_accuracy"),
        (ONE_HOT, ["accuracy"], "accuracy"),
        (ONE_HOT, ["categorical_accuracy"], "categorical_accuracy"),
        (ONE_HOT, [KINDS.BinaryAccuracy(name="accuracy")], None),
        (ONE_HOT, [KINDS.TopKCategoricalAccuracy(k=9, name="top9"), _always_one], None),
        (SPARSE, None, None),
    ],
)
def test_the_accuracy_is_found_under_any_name_or_measured(
    loss: str, metrics: list[Any], name: str | None
) -> None:
    """It is the share of validation images classified correctly; other metrics are not taken for it."""
    model = _model(loss, metrics)
    # Tracing the steps would take most of the time.
    model.run_eagerly = True
    form = ModelForm.of(model, TRAIN.inputs.shape[1:])
    result = fit(model, TRAIN, VALIDATION, FitSettings(epochs=1, patience=None, seed=1), Stopwatch())
    right = np.mean(call(model, VALIDATION.inputs).argmax(axis=1) == VALIDATION.labels)
    assert result.history["val_accuracy"] == pytest.approx([right], abs=1e-6)
    logs = {key: float(values[-1] or 0.0) for key, values in result.history.items()}
    if name is not None:
        assert accuracy_name(model, form, logs) == name
        assert result.history["accuracy"] == result.history[name]
    elif metrics is None:
        assert "accuracy" not in result.history


class Recorder(keras.callbacks.Callback):
    """Keeps what it finds, and spoils the weights at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[float] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the accuracy."""
        del epoch
        self.found.append(logs["val_accuracy"])

    def on_train_end(self, logs: Any = None) -> None:
        """Set all weights to zero, as a callback may that restores others."""
        del logs
        self.model.set_weights([0 * each for each in self.model.get_weights()])


def test_what_the_user_sets_is_followed(tmp_path: Path) -> None:
    """Callbacks find the accuracy, and neither the kept weights nor the saved state are theirs."""
    model, recorder = _model(ONE_HOT, []), Recorder()
    weights = {number: float(number == 0) for number in range(10)}
    own = OwnFit(shuffle=False, class_weight=weights, callbacks=(recorder,))
    settings = FitSettings(epochs=2, patience=None, seed=1, own=own, save_state=tmp_path / "state.npz")
    result = fit(model, TRAIN, VALIDATION, settings, Stopwatch())
    assert recorder.found == result.history["val_accuracy"]
    predicted = call(model, VALIDATION.inputs).argmax(axis=1)
    # Only zeros count in the loss.
    assert set(predicted.tolist()) == {0}
    assert np.mean(predicted == VALIDATION.labels) == pytest.approx(result.best_score, abs=1e-6)
    resumed = _model(ONE_HOT, [])
    state.load(resumed, tmp_path / "state.npz")
    assert any(np.any(each != 0) for each in resumed.get_weights())
