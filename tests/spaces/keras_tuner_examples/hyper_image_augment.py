"""keras_tuner.applications.HyperImageAugment in front of a classifier of one's own."""

import keras
from keras import layers
from keras_tuner.applications import HyperImageAugment

AUGMENT = {"rotate": 0.1, "translate_x": None, "translate_y": None, "contrast": 0.1, "augment_layers": 0}


def build(hp, input_shape, num_classes):
    """Random transforms of tuned strength, then a small network."""
    inputs = keras.Input(input_shape)
    x = HyperImageAugment(input_shape=input_shape, **AUGMENT).build(hp)(inputs)
    x = layers.Flatten()(layers.AveragePooling2D(4)(layers.Rescaling(1 / 255)(x)))
    model = keras.Model(inputs, layers.Dense(num_classes, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
