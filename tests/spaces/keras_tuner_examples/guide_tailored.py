"""Keras Tuner's guide "Tailor the search space": code that one cannot change, compiled with few choices."""

import keras
from keras import layers


def build_model(hp):
    """A network whose optimizer, loss and metrics are chosen by their names."""
    model = keras.Sequential([layers.Flatten()])
    for number in range(hp.Int("num_layers", 1, 2)):
        model.add(layers.Dense(hp.Int(f"units_{number}", 32, 64, step=32), activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile(
        optimizer=keras.optimizers.get(hp.Choice("optimizer", ["adam", "sgd"])),
        loss="sparse_categorical_crossentropy",
        metrics=["sparse_categorical_accuracy"],
    )
    return model
