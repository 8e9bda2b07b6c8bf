"""Keras Tuner's guide "Getting started": a HyperModel whose fit() normalises the data."""

import keras
import keras_tuner
from keras import layers


class MyHyperModel(keras_tuner.HyperModel):
    """Tunes whether the data are normalised before the training."""

    def build(self, hp):
        """A dense network."""
        model = keras.Sequential([layers.Flatten()])
        model.add(layers.Dense(hp.Int("units", 32, 512, step=32), activation="relu"))
        model.add(layers.Dense(10, activation="softmax"))
        model.compile("adam", loss="categorical_crossentropy", metrics=["accuracy"])
        return model

    def fit(self, hp, model, x, y, validation_data=None, **kwargs):
        """Normalise, then train."""
        if hp.Boolean("normalize", default=True):
            x = layers.Normalization()(x)
        return model.fit(x, y, validation_data=validation_data, **kwargs)
