"""Keras Tuner's guide "Getting started": one more hyperparameter for each layer, so that some appear late."""

import keras
from keras import layers


def build_model(hp):
    """A dense network with a tuned number of layers."""
    model = keras.Sequential()
    model.add(layers.Flatten())
    for number in range(hp.Int("num_layers", 1, 3)):
        model.add(layers.Dense(hp.Int(f"units_{number}", 32, 512, step=32), activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model
