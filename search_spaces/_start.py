"""A small convolutional network to start from."""

from typing import Any

import keras
from keras import layers

# The line above the imports describes the space: `tunebench` prints it and writes it on the page.

# How many epochs `tunebench train` trains the default values. `tunebench search` has its own --epochs.
EPOCHS = 10

# Values that are known to be good, if there are any. A search tries them first, then the defaults, and then
# draws others; hyperparameters that are not listed here have their default.
STARTING_POINTS = [
    {"filters": 32, "dropout": 0.2},
]


def build(hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """Build and compile one model.

    A search calls this function once for every trial, each time with other values in hp.

    Args:
        hp: Keras Tuner's HyperParameters. Each call such as hp.Choice(...) declares a hyperparameter by its
            name and returns the trial's value.
        input_shape: The images' (height, width, channels), such as (32, 32, 3).
        num_classes: How many classes the data set has.

    Returns:
        A compiled model: images in, a probability for each class out.
    """
    # Choice tries some values, Float and Int a range, Boolean yes and no. The defaults are the model that
    # `tunebench train` trains, and the first that a search tries after the starting points.
    blocks = hp.Int("blocks", 1, 3, default=2)
    filters = hp.Choice("filters", [16, 32, 64], default=16)
    dropout = hp.Float("dropout", 0.0, 0.5, step=0.1, default=0.3)
    # A learning rate is best searched by its order of magnitude: sampling="log".
    learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)

    # Two names that tunebench itself understands, without a line of code below: the batch size, and whether
    # the learning rate decays to zero. Remove them, and 32 images and a constant rate are used.
    hp.Choice("batch_size", [32, 64, 128], default=32)
    hp.Choice("schedule", ["constant", "cosine"], default="constant")

    # Images arrive as whole numbers from 0 to 255. Scaling them is the model's part, so that the saved model
    # takes raw images, too. Augmentation is not: tunebench adds it and tunes its strength.
    x = inputs = keras.Input(input_shape)
    x = layers.Rescaling(1 / 255)(x)
    for block in range(blocks):
        x = layers.Conv2D(filters * 2**block, 3, padding="same", activation="relu")(x)
        # "same": an image of any size, however small, can be halved.
        x = layers.MaxPooling2D(padding="same")(x)
    # For large images, GlobalAveragePooling2D() has far fewer weights behind it.
    x = layers.Flatten()(x)
    x = layers.Dropout(dropout)(x)
    # float32 also if you train in half precision, so that the probabilities sum to 1.
    outputs = layers.Dense(num_classes, "softmax", dtype="float32")(x)

    model = keras.Model(inputs, outputs)
    # Labels are whole numbers, which the "sparse" loss takes. "accuracy" is what the page compares.
    model.compile(
        keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model
