"""How a compiled model takes labels and images, and how its outputs become probabilities."""

import functools
from typing import Any

import keras
import numpy as np
import pytest

from tunebench.spaces import losses
from tunebench.spaces.form import ModelForm
from tunebench.spaces.outputs import classes_of, probability_model

SHAPE = (6, 6, 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), dtype=np.uint8)
CROSSENTROPY = keras.losses.SparseCategoricalCrossentropy


def _softmax(outputs: Any) -> Any:
    powers = np.exp(outputs)
    return powers / powers.sum(axis=1, keepdims=True)


def _sigmoid(outputs: Any) -> Any:
    return 1 / (1 + np.exp(-outputs))


def _own_sparse(y_true: Any, y_pred: Any) -> Any:
    return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)


def _own_elementwise(y_true: Any, y_pred: Any) -> Any:
    return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)


class OwnLoss(keras.losses.Loss):
    """A loss of a user's that takes integers."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each example."""
        return _own_sparse(y_true, y_pred)


class LazyLoss(keras.losses.Loss):
    """A loss of a user's that takes one-hot labels and makes a variable at its first call."""

    weight: Any = None

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each example."""
        if self.weight is None:
            self.weight = keras.Variable(1.0, trainable=False)
        return self.weight * keras.losses.categorical_crossentropy(y_true, y_pred)


def _model(loss: Any, outputs: int = 3, activation: str | None = None, shape: tuple[int, ...] = SHAPE) -> Any:
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), keras.layers.Rescaling(1 / 255), keras.layers.Flatten()])
    model.add(keras.layers.Dense(outputs, activation))
    model.compile("sgd", loss)
    return model


@pytest.mark.parametrize(
    ("loss", "one_hot", "logits"),
    [
        ("sparse_categorical_crossentropy", False, False),
        ("SparseCategoricalCrossentropy", False, False),
        ("crossentropy", False, False),
        ("categorical_crossentropy", True, False),
        ("mse", True, False),
        (keras.losses.categorical_hinge, True, False),
        (CROSSENTROPY(from_logits=True), False, True),
        (keras.losses.CategoricalFocalCrossentropy(from_logits=True), True, True),
        ([keras.losses.CategoricalCrossentropy(label_smoothing=0.1)], True, False),
        (functools.partial(keras.losses.categorical_crossentropy, from_logits=True), True, True),
        (_own_sparse, False, False),
        (OwnLoss(), False, False),
        (LazyLoss(), True, False),
        (_own_elementwise, True, False),
        (None, False, False),
    ],
)
def test_a_loss_says_what_labels_and_outputs_it_takes(loss: Any, *, one_hot: bool, logits: bool) -> None:
    """Keras' losses by their name, a user's by trying."""
    model = _model(loss)
    assert ModelForm.of(model, SHAPE).one_hot == one_hot
    assert losses.from_logits(model) == logits


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (_model("mse", activation="softmax"), lambda outputs: outputs),
        (_model(CROSSENTROPY(from_logits=True)), _softmax),
        (_model("categorical_hinge"), _softmax),
        (
            _model("binary_crossentropy", activation="sigmoid"),
            lambda outputs: outputs / outputs.sum(1)[:, None],
        ),
        (_model("binary_crossentropy", 1, "sigmoid"), lambda outputs: np.hstack([1 - outputs, outputs])),
        (
            _model(keras.losses.BinaryCrossentropy(from_logits=True), 1),
            lambda outputs: np.hstack([1 - _sigmoid(outputs), _sigmoid(outputs)]),
        ),
    ],
    ids=["softmax", "logits", "scores", "sigmoids", "one sigmoid", "one logit"],
)
def test_outputs_become_probabilities(model: Any, expected: Any) -> None:
    """They name the same classes as before, and the file that is saved has the last step."""
    form = ModelForm.of(model, SHAPE)
    outputs = keras.ops.convert_to_numpy(model(IMAGES))
    found = keras.ops.convert_to_numpy(probability_model("tiny", model, form, IMAGES)(IMAGES))
    assert found == pytest.approx(expected(outputs), abs=1e-5)
    assert found.argmax(axis=1).tolist() == classes_of(outputs, model).tolist()


@pytest.mark.parametrize("shape", [(6, 6), (6, 6, 1), (None, None, 1)])
def test_a_model_of_grey_images_takes_colour(shape: tuple[Any, ...]) -> None:
    """Training converts the images as the saved model does."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input(shape)
    x = inputs if len(shape) == 3 else keras.layers.Reshape((6, 6, 1))(inputs)
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(3, 3)(x))
    model = keras.Model(inputs, keras.layers.Softmax()(x))
    model.compile("sgd", "sparse_categorical_crossentropy")
    form = ModelForm.of(model, SHAPE)
    assert form.inputs(IMAGES).shape == (4, 6, 6, *shape[2:])
    whole = probability_model("tiny", model, form, IMAGES)
    assert whole.input_shape == (None, *SHAPE)
    found, expected = (
        keras.ops.convert_to_numpy(each) for each in (whole(IMAGES), model(form.inputs(IMAGES)))
    )
    assert found == pytest.approx(expected, abs=1e-4)
