"""Digits and small models that the tests of ``tunebench/fitting`` train."""

from typing import Any

import keras

from tests.small import digits
from tunebench.fitting import Examples

DATA = digits().training_data(0)
TRAIN = Examples(DATA.train.images, DATA.train.labels)
VALIDATION = Examples(DATA.validation.images, DATA.validation.labels)


def classifier(*layers: Any, optimizer: Any = "sgd", metrics: tuple[Any, ...] = ("accuracy",)) -> Any:
    """A compiled classifier of digits with some layers before the last one."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input(DATA.image_shape), keras.layers.Rescaling(1 / 255), *layers])
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(DATA.num_classes, "softmax", dtype="float32"))
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=list(metrics))
    return model
