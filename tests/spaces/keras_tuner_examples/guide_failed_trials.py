"""Keras Tuner's guide "Handling failed trials": a model that is too large fails its trial."""

import keras
import keras_tuner
from keras import layers


def build_model(hp):
    """A convolutional network that says so if it has too many weights."""
    model = keras.Sequential([keras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    for number in range(hp.Int("blocks", 1, 2)):
        model.add(layers.Conv2D(hp.Choice(f"filters_{number}", [8, 64, 512]), 3, activation="relu"))
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    if model.count_params() > 1_200_000:
        message = f"Model too large: {model.count_params()} weights."
        raise keras_tuner.errors.FailedTrialError(message)
    model.compile("adam", loss="sparse_categorical_crossentropy", metrics=["acc"])
    return model
