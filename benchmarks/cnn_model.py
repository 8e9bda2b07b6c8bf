"""cnn3's default architecture, of which learning rate, dropout and L2 are tuned: the space of cnn_search.py.

None of them changes the cost of a training step, so every side does the same work whatever it draws.
"""

from collections.abc import Mapping
from typing import Any

import keras
from keras import layers


def build(hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """The space, as tunebench calls it."""
    hp.Choice("batch_size", [16, 32, 64, 128, 256], default=32)
    return model(values(hp), input_shape, num_classes)


def values(hp: Any) -> dict[str, float]:
    """The tuned hyperparameters, declared with Keras Tuner."""
    return {
        "learning_rate": hp.Float("learning_rate", 3e-4, 3e-3, sampling="log", default=1e-3),
        "dropout_1": hp.Float("dropout_1", 0.0, 0.5, step=0.05, default=0.25),
        "dropout_2": hp.Float("dropout_2", 0.0, 0.6, step=0.05, default=0.5),
        "l2": hp.Float("l2", 1e-6, 1e-3, sampling="log", default=1e-4),
    }


def model(
    given: Mapping[str, float], input_shape: tuple[int, ...], num_classes: int, *augmentation: Any
) -> keras.Model:
    """The compiled model, with augmentation layers if a side augments in the model."""
    regularizer = keras.regularizers.L2(given["l2"])

    def convolution(filters: int) -> Any:
        return layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_regularizer=regularizer)

    network = keras.Sequential(
        [
            keras.Input(input_shape),
            *augmentation,
            layers.Rescaling(1 / 255),
            convolution(32),
            convolution(32),
            layers.MaxPooling2D(),
            convolution(64),
            convolution(64),
            layers.MaxPooling2D(),
            layers.Dropout(given["dropout_1"]),
            layers.Flatten(),
            layers.Dense(128, "relu", kernel_regularizer=regularizer),
            layers.Dropout(given["dropout_2"]),
            layers.Dense(num_classes, "softmax", kernel_regularizer=regularizer, dtype="float32"),
        ]
    )
    network.compile(
        keras.optimizers.Adam(given["learning_rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return network
