"""Four convolutions in two stages, dropout and L2 (reference model 3)."""

from typing import Any

import keras
from keras import layers

EPOCHS = 10
# The best of the configurations compared: batch norm, little or no dropout, a decaying learning rate, some
# augmentation (docs/decisions/0005).
STARTING_POINTS = [
    {
        "batch_norm": True,
        "dropout_1": 0.1,
        "dropout_2": 0.1,
        "l2": 1e-5,
        "schedule": "cosine",
        "augmentation": 0.25,
    },
    {
        "batch_norm": True,
        "dropout_1": 0.0,
        "dropout_2": 0.0,
        "l2": 1e-5,
        "schedule": "cosine",
        "augmentation": 0.5,
    },
]


def build(hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """Conv, Conv, MaxPool, Conv, Conv, MaxPool, Dropout, Flatten, Dense, Dropout, Dense."""
    filters_1 = hp.Choice("filters_1", [16, 32, 48, 64], default=32)
    filters_2 = hp.Choice("filters_2", [32, 64, 96, 128], default=64)
    kernel_size = hp.Choice("kernel_size", [3, 5], default=3)
    batch_norm = hp.Boolean("batch_norm", default=False)
    # Of a range with steps, Keras Tuner may not draw the end: here up to 0.3.
    dropout_1 = hp.Float("dropout_1", 0.0, 0.35, step=0.05, default=0.25)
    units = hp.Choice("units", [64, 128, 256, 512], default=128)
    dropout_2 = hp.Float("dropout_2", 0.0, 0.55, step=0.05, default=0.5)
    l2 = hp.Float("l2", 1e-6, 3e-3, sampling="log", default=1e-4)
    learning_rate = hp.Float("learning_rate", 3e-4, 5e-3, sampling="log", default=1e-3)
    optimizer = hp.Choice("optimizer", ["adam", "adamw", "rmsprop"], default="adam")
    # tunebench applies the schedule, because it knows the number of steps.
    hp.Choice("schedule", ["constant", "cosine"], default="constant")
    hp.Choice("batch_size", [32, 64, 128], default=32)

    regularizer = keras.regularizers.L2(l2)

    def convolution(filters: int) -> list[layers.Layer]:
        return [
            layers.Conv2D(filters, kernel_size, padding="same", kernel_regularizer=regularizer),
            # Keras' default of 0.99 is too slow for epochs of a few dozen steps.
            *([layers.BatchNormalization(momentum=0.9)] if batch_norm else []),
            layers.Activation("relu"),
        ]

    # A list of layers is built once; after each add(), Keras builds the whole model again.
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            *convolution(filters_1),
            *convolution(filters_1),
            layers.MaxPooling2D(),
            *convolution(filters_2),
            *convolution(filters_2),
            layers.MaxPooling2D(),
            layers.Dropout(dropout_1),
            layers.Flatten(),
            layers.Dense(units, "relu", kernel_regularizer=regularizer),
            layers.Dropout(dropout_2),
            # Always float32: half-precision probabilities have ties and do not sum to 1.
            layers.Dense(num_classes, "softmax", kernel_regularizer=regularizer, dtype="float32"),
        ]
    )
    model.compile(
        keras.optimizers.get({"class_name": optimizer, "config": {"learning_rate": learning_rate}}),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
