"""The example of hp.conditional_scope in Keras Tuner's reference, deeper, and with parent_name."""

import keras
from keras import layers


def build(hp):
    """A dense or convolutional network; each choice brings further choices."""
    model = keras.Sequential([keras.Input((32, 32, 3)), layers.Rescaling(1 / 255)])
    kind = hp.Choice("model_type", ["mlp", "cnn"])
    with hp.conditional_scope("model_type", ["cnn"]):
        if kind == "cnn":
            model.add(layers.Conv2D(hp.Int("filters", 4, 8, step=4), 3, activation="relu"))
            pooled = hp.Boolean("pooled")
            with hp.conditional_scope("pooled", [True]):
                if pooled:
                    pool = hp.Choice("pool", ["max", "average"])
                    with hp.conditional_scope("pool", ["average"]):
                        if pool == "average":
                            size = hp.Int("size", 2, 4)
                            with hp.conditional_scope("size", [4]):
                                same = size == 4 and hp.Boolean("same_padding")
                            model.add(layers.AveragePooling2D(size, padding="same" if same else "valid"))
    model.add(layers.Flatten())
    units = hp.Int("units", 4, 16, parent_name="model_type", parent_values=["mlp"])
    if units is not None:
        model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
