"""TensorFlow's quickstart for experts: a model of one's own class, logits, with a tuned width."""

import keras
from keras import layers


class MyModel(keras.Model):
    """A network that is built on its first batch."""

    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.scale = layers.Rescaling(1 / 255)
        self.convolve = layers.Conv2D(4, 3, strides=2, activation="relu")
        self.flatten = layers.Flatten()
        self.hidden = layers.Dense(units, activation="relu")
        self.drop = layers.Dropout(0.2)
        self.classify = layers.Dense(10)

    def call(self, images, training=None):
        """Logits."""
        hidden = self.hidden(self.flatten(self.convolve(self.scale(images))))
        return self.classify(self.drop(hidden, training=training))

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "units": self.units}


def build_model(hp):
    """A tuned width."""
    model = MyModel(hp.Int("units", 8, 32, step=8))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss, metrics=[keras.metrics.SparseCategoricalAccuracy(name="train_accuracy")])
    return model
