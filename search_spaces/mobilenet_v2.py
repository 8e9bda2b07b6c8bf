"""A head on the features of a frozen MobileNetV2 pretrained on ImageNet (the deck's Model 4)."""

from typing import Any

import keras
from keras import layers

from tunebench import backbones

EPOCHS = 5

# What the deck resized its images to, and what TF Hub's handles take.
IMAGE_SIZE = 224


def frozen_prefix(hp: Any, input_shape: tuple[int, ...]) -> keras.Model:  # noqa: ARG001 (a space's contract)
    """Rescale, resize, MobileNetV2: from raw images to its 1,280 pooled features or 1,001 logits."""
    backbone = backbones.facts()
    images = keras.Input(input_shape, dtype="uint8")
    # Rescaled first, for Keras resizes bytes to bytes and would round the interpolated values.
    x = layers.Rescaling(backbone.scale, backbone.offset)(images)
    x = layers.Resizing(IMAGE_SIZE, IMAGE_SIZE, interpolation="bilinear")(x)
    return keras.Model(images, backbones.mobilenet_v2((IMAGE_SIZE, IMAGE_SIZE, 3))(x))


def build(hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """BatchNorm (if on), Dense and Dropout (if units), Dense, on the features."""
    batch_norm = hp.Boolean("batch_norm", default=False)
    units = hp.Choice("units", [0, 64, 128, 256, 512], default=0)
    dropout = hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.0)
    regularized = hp.Boolean("regularized", default=False)
    learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    optimizer = hp.Choice("optimizer", ["adam", "adamw", "rmsprop"], default="adam")
    hp.Choice("batch_size", [32, 64, 128], default=32)
    with hp.conditional_scope("regularized", [True]):
        l2 = hp.Float("l2", 1e-6, 1e-2, sampling="log", default=1e-4)
    regularizer = keras.regularizers.L2(l2) if regularized else None

    model = keras.Sequential([keras.Input(input_shape)])
    if batch_norm:
        model.add(layers.BatchNormalization())
    if units:
        model.add(layers.Dense(units, "relu", kernel_regularizer=regularizer))
    model.add(layers.Dropout(dropout))
    model.add(layers.Dense(num_classes, "softmax", kernel_regularizer=regularizer))
    model.compile(
        keras.optimizers.get({"class_name": optimizer, "config": {"learning_rate": learning_rate}}),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
