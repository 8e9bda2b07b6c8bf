"""Optimizer and metrics have their variables before a step is traced, and the same as without."""

from importlib import import_module
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.small import digits, dtype_policy
from tunebench.fitting import Examples, FitSettings, fit
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.fitting.variables import make_variables

DATA = digits().training_data(0)
TRAIN = Examples(DATA.train.images, DATA.train.labels)
VALIDATION = Examples(DATA.validation.images, DATA.validation.labels)


class Counting(keras.layers.Layer):
    """Counts how often Python passes through it: once for each graph."""

    def __init__(self) -> None:
        super().__init__()
        self.passes = 0

    def call(self, inputs: Any) -> Any:
        """Hand on what comes in."""
        self.passes += 1
        return inputs


class Subclassed(keras.Model):
    """Makes its layers' weights when it is first called."""

    def __init__(self) -> None:
        super().__init__()
        self.flatten, self.dense = keras.layers.Flatten(), keras.layers.Dense(10, "softmax")

    def call(self, inputs: Any) -> Any:
        """Classify."""
        return self.dense(self.flatten(keras.ops.cast(inputs, "float32") / 255))


class OwnStep(keras.Sequential):
    """Trains in a way of its own, here the usual one."""

    def train_step(self, data: Any) -> Any:
        """Train on a batch."""
        return super().train_step(data)


def has_shape(y_true: Any, y_pred: Any) -> Any:
    """A metric that only a tensor can be given."""
    return keras.ops.cast(y_pred.get_shape().rank == 2 and y_true.get_shape().rank is not None, "float32")


def model_of(
    optimizer: Any = "adam", kind: Any = keras.Sequential, metrics: Any = ("accuracy",)
) -> tuple[Any, Counting]:
    """A compiled model and the layer that counts."""
    keras.utils.set_random_seed(1)
    counting = Counting()
    model = kind(
        [
            keras.Input(DATA.image_shape),
            keras.layers.Rescaling(1 / 255),
            counting,
            keras.layers.Flatten(),
            keras.layers.Dropout(0.2),
            keras.layers.Dense(10, "softmax", dtype="float32"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=list(metrics))
    return model, counting


def trained(model: Any) -> dict[str, Any]:
    """The history of a training, without its seconds."""
    settings = FitSettings(epochs=2, patience=None, batch_size=32, augmentation=None, seed=3)
    return {**fit(model, TRAIN, VALIDATION, settings, Stopwatch()).history, "seconds": []}


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_a_training_and_a_validation_step_are_traced_once_each(policy: str) -> None:
    """Every trial would wait for a second trace of its training step."""
    with dtype_policy(policy):
        model, counting = model_of()
        before = counting.passes
        trained(model)
    assert counting.passes - before == 2


def test_a_metric_may_need_a_tensor() -> None:
    """A trial would fail whose training alone would not."""
    model, _ = model_of(metrics=("accuracy", has_shape))
    assert trained(model)["has_shape"] == [1.0, 1.0]


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda: keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(0.01, 20), use_ema=True),
        lambda: keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True),
        lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.RMSprop(0.001)),
    ],
)
def test_a_training_is_the_same_to_the_last_bit(optimizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A faster start would have another result."""
    results = []
    for made in (True, False):
        if not made:
            monkeypatch.setattr(import_module("tunebench.fitting.fit"), "make_variables", lambda *_: None)
        model, _ = model_of(optimizer())
        results.append((trained(model), model.get_weights()))
    (history, weights), (other_history, other_weights) = results
    assert history == other_history
    assert all(np.array_equal(one, other) for one, other in zip(weights, other_weights, strict=True))


def test_a_model_of_a_users_own_class_is_left_to_itself() -> None:
    """Its optimizer would be built for no weights, or for others than it trains."""
    unbuilt = Subclassed()
    unbuilt.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    own, _ = model_of(kind=OwnStep)
    for model in (unbuilt, own):
        make_variables(model, TRAIN.labels[:1])
        assert not model.optimizer.built
        assert max(trained(model)["val_accuracy"]) > 0.5


def test_a_distributed_model_is_left_to_keras() -> None:
    """Adam's moments would be made outside of the strategy, which TensorFlow refuses."""
    with tf.distribute.OneDeviceStrategy("CPU:0").scope():
        model, _ = model_of()
    make_variables(model, TRAIN.labels[:1])
    assert not model.optimizer.built
    assert max(trained(model)["val_accuracy"]) > 0.5
