"""Keras Tuner's guide "Getting started": a HyperModel whose fit() tunes shuffling."""

import keras
import keras_tuner
from keras import layers


class MyHyperModel(keras_tuner.HyperModel):
    """Tunes the model in build() and the training in fit()."""

    def build(self, hp):
        """A dense network."""
        model = keras.Sequential([layers.Flatten()])
        model.add(layers.Dense(hp.Int("units", 32, 512, step=32), activation="relu"))
        model.add(layers.Dense(10, activation="softmax"))
        model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(self, hp, model, *args, **kwargs):
        """Train with or without shuffling."""
        return model.fit(*args, shuffle=hp.Boolean("shuffle"), **kwargs)
