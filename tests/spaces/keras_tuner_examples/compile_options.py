"""A tutorial on speed: a schedule of one's own, several steps at a time, XLA, loss weights."""

import keras
from keras import layers


def build(hp, input_shape, num_classes):
    """A convolutional network."""
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 127.5, offset=-1),
            layers.Conv2D(hp.Choice("filters", [4, 8]), 3, strides=4, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(num_classes, activation="softmax"),
        ]
    )
    rate = keras.optimizers.schedules.ExponentialDecay(hp.Float("rate", 1e-3, 1e-2), 100, 0.9)
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.9),
        loss=["sparse_categorical_crossentropy"],
        loss_weights=[0.5],
        metrics=["acc"],
        steps_per_execution=2,
        jit_compile=True,
    )
    return model
