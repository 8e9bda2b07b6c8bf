"""A head on the frozen MobileNetV2 at 224 pixels: the space of both sides of head_search.py."""

from typing import Any

import keras
from keras import layers

from tunebench import backbones

SIZE = (224, 224, 3)


def preprocessed(images: Any) -> Any:
    """Resize and rescale raw images for MobileNetV2."""
    return layers.Resizing(*SIZE[:2])(layers.Rescaling(1 / 127.5, -1.0)(images))


def head(hp: Any, features: Any, num_classes: int) -> Any:
    """Dense (if ``units`` is not 0), Dropout, Dense."""
    if units := hp.Choice("units", [0, 64, 128, 256], default=0):
        features = layers.Dense(units, "relu")(features)
    features = layers.Dropout(hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.0))(features)
    return layers.Dense(num_classes, "softmax")(features)


def compiled(hp: Any, model: keras.Model) -> keras.Model:
    """The same optimizer and loss on both sides."""
    learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    model.compile(
        keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def frozen_prefix(hp: Any, input_shape: tuple[int, ...]) -> keras.Model:
    """From raw images to 1,280 features."""
    del hp
    images = keras.Input(input_shape, dtype="uint8")
    return keras.Model(images, backbones.mobilenet_v2(SIZE)(preprocessed(images)))


def build(hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """From features to classes."""
    features = keras.Input(input_shape)
    return compiled(hp, keras.Model(features, head(hp, features, num_classes)))
