"""The tutorials on cats and dogs: one sigmoid for two classes."""

import keras
from keras import layers


def build_model(hp):
    """Convolutions of a tuned number, without a fixed size of the images."""
    model = keras.Sequential([keras.Input((None, None, 3)), layers.Rescaling(1 / 255)])
    for number in range(hp.Int("convolutions", 1, 2)):
        model.add(layers.Conv2D(hp.Choice(f"filters_{number}", [4, 8]), 3, strides=2, activation="relu"))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("rmsprop", "binary_crossentropy", metrics=["accuracy"])
    return model
