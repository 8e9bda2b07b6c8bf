"""Variables of optimizer and metrics are created before a step is traced."""

import math
from importlib import import_module
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.fitting.small_training import TRAIN, VALIDATION, classifier
from tunebench.dtype_policy import dtype_policy
from tunebench.fitting import FitSettings, fit
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.fitting.variables import make_variables

LABELS = TRAIN.labels[:1]


class Counting(keras.layers.Layer):
    """Counts how often Python code runs it: once per trace."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        self.calls += 1
        return inputs


class Subclassed(keras.Model):
    """Has no weights before its first call."""

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs


class OwnStep(keras.Sequential):
    """Has its own training step."""

    def train_step(self, data: Any) -> Any:
        """Train on a batch."""
        return super().train_step(data)


def has_shape(y_true: Any, y_pred: Any) -> Any:
    """A metric that works only on tensors."""
    return keras.ops.cast(y_pred.get_shape().rank == 2 and y_true.get_shape().rank is not None, "float32")


@pytest.mark.parametrize(
    ("policy", "optimizer"),
    [
        (
            "float32",
            lambda: keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(0.01, 20), use_ema=True),
        ),
        ("mixed_bfloat16", lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True)),
        ("mixed_float16", lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.RMSprop(0.001))),
    ],
)
def test_training_steps_are_traced_once_with_the_same_result(
    policy: str, optimizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One trace less than in Keras' own way, and the same weights and metrics to the last bit."""
    settings = FitSettings(epochs=2, patience=None, seed=3)
    results, calls = [], []
    with dtype_policy(policy):
        for made in (True, False):
            if not made:
                monkeypatch.setattr(
                    import_module("tunebench.fitting.steps"), "make_variables", lambda *_, **__: None
                )
            # The dropout draws its seed when it is made.
            keras.utils.set_random_seed(2)
            counting = Counting()
            model = classifier(
                counting,
                keras.layers.Dropout(0.2),
                optimizer=optimizer(),
                metrics=("accuracy", has_shape),
            )
            before = counting.calls
            history = fit(model, TRAIN, VALIDATION, settings, Stopwatch()).history
            calls.append(counting.calls - before)
            results.append(({**history, "seconds": []}, model.get_weights()))
    # The training step and the validation step.
    assert calls == [2, 3]
    (history, weights), (other_history, other_weights) = results
    assert history == other_history
    assert all(np.array_equal(one, other) for one, other in zip(weights, other_weights, strict=True))


def test_other_models_are_left_to_keras() -> None:
    """Nothing is created for a user's own class or a distributed model."""
    unbuilt = Subclassed()
    own_step = OwnStep([keras.Input((4,)), keras.layers.Dense(10, "softmax")])
    for model in (unbuilt, own_step):
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    with tf.distribute.OneDeviceStrategy("CPU:0").scope():
        distributed = classifier()
    for model in (unbuilt, own_step, distributed):
        make_variables(model, LABELS)
        assert not model.optimizer.built
    plain = classifier()
    make_variables(plain, LABELS)
    assert plain.optimizer.built


class Counted(keras.losses.Loss):
    """Counts its calls in a variable, and compares neighbours in a batch of at least ten examples."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = keras.Variable(0.0)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """One plus a tenth of the number of earlier calls times the usual loss, and their differences."""
        keras.ops.top_k(keras.ops.max(y_pred, axis=-1), 10)
        factor = 1.0 + self.calls / 10.0
        self.calls.assign_add(1.0)
        return factor * keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


def test_a_loss_is_not_called_before_the_training() -> None:
    """One may have a state, or need a whole batch."""
    loss = Counted()
    model = classifier()
    model.compile("sgd", loss, metrics=[keras.metrics.SparseCategoricalAccuracy()])
    settings = FitSettings(epochs=1, patience=None, seed=3, refit=True)
    fit(model, TRAIN, VALIDATION, settings, Stopwatch())
    assert float(loss.calls) == math.ceil(len(TRAIN) / settings.batch_size)
