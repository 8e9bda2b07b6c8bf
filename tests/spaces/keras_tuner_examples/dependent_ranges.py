"""A question in Keras Tuner's issues: the second layer is no wider than the first."""

import keras
from keras import layers


def build(hp, input_shape, num_classes):
    """Two dense layers."""
    first = hp.Int("first", 8, 32, step=8, default=32)
    second = hp.Int("second", 4, first, step=4)
    model = keras.Sequential([keras.Input(input_shape), layers.Rescaling(1 / 255), layers.Flatten()])
    model.add(layers.Dense(first, activation="relu"))
    model.add(layers.Dense(second, activation="relu"))
    model.add(layers.Dense(num_classes, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
