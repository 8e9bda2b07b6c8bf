"""The example of Keras Tuner's README: a regression."""

import keras


def build_model(hp):
    """One number for each example."""
    model = keras.Sequential([keras.layers.Flatten()])
    model.add(keras.layers.Dense(hp.Choice("units", [8, 16, 32]), activation="relu"))
    model.add(keras.layers.Dense(1, activation="relu"))
    model.compile(loss="mse")
    return model
