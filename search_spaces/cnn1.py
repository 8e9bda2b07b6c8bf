"""One convolution (reference model 1)."""

from typing import Any

import keras
from keras import layers

EPOCHS = 20
# The best of the configurations compared (docs/decisions/0005).
STARTING_POINTS = [
    {"filters": 64, "batch_norm": True, "schedule": "cosine", "augmentation": 0.25},
    {
        "filters": 64,
        "kernel_size": 5,
        "batch_norm": True,
        "regularize": True,
        "l2": 1e-3,
        "schedule": "cosine",
        "augmentation": 0.25,
    },
]


def build(hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """Conv, MaxPool, Flatten, Dense."""
    filters = hp.Choice("filters", [16, 32, 64, 96], default=32)
    kernel_size = hp.Choice("kernel_size", [3, 5], default=3)
    batch_norm = hp.Boolean("batch_norm", default=False)
    hp.Boolean("regularize", default=False)
    # None if the search chose not to regularize.
    l2 = hp.Float(
        "l2", 1e-6, 3e-3, sampling="log", default=1e-4, parent_name="regularize", parent_values=[True]
    )
    learning_rate = hp.Float("learning_rate", 3e-4, 3e-3, sampling="log", default=1e-3)
    optimizer = hp.Choice("optimizer", ["adam", "adamw", "rmsprop"], default="adam")
    # tunebench applies the schedule, because it knows the number of steps.
    hp.Choice("schedule", ["constant", "cosine"], default="constant")
    hp.Choice("batch_size", [32, 64, 128], default=32)

    regularizer = keras.regularizers.L2(l2) if l2 else None
    # A list of layers is built once; after each add(), Keras builds the whole model again.
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.Conv2D(filters, kernel_size, padding="same", kernel_regularizer=regularizer),
            # Keras' default of 0.99 is too slow for epochs of a few dozen steps.
            *([layers.BatchNormalization(momentum=0.9)] if batch_norm else []),
            layers.Activation("relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
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
