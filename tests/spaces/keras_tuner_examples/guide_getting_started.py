"""Keras Tuner's guide "Getting started": a dense classifier without an input shape, one-hot labels."""

import keras
from keras import layers


def build_model(hp):
    """A dense network whose width, activation, dropout and learning rate are tuned."""
    model = keras.Sequential([layers.Flatten()])
    units = hp.Int("units", min_value=32, max_value=512, step=32)
    model.add(layers.Dense(units, activation=hp.Choice("activation", ["relu", "tanh"])))
    if hp.Boolean("dropout"):
        model.add(layers.Dropout(0.25))
    model.add(layers.Dense(10, activation="softmax"))
    rate = hp.Float("lr", min_value=1e-4, max_value=1e-2, sampling="log")
    model.compile(keras.optimizers.Adam(rate), loss="categorical_crossentropy", metrics=["accuracy"])
    return model
