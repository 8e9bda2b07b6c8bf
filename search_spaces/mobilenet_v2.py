"""A head on pretrained MobileNetV2, whose last blocks may be trained too (reference model 4)."""

from collections.abc import Callable
from typing import Any

import keras
from keras import layers

from tunebench import backbones

EPOCHS = 5


def frozen_prefix(hp: Any, input_shape: tuple[int, ...]) -> keras.Model:
    """Rescale, resize and apply the frozen part of MobileNetV2: from raw images to features or feature maps.

    A TF Hub model cannot be cut, and most accept one image size; these choices are then not declared.
    """
    backbone = backbones.facts()
    if backbone.image_size is None:
        height = width = hp.Choice("image_size", [96, 128, 160, 192, 224], default=224)
    else:
        height, width = backbone.image_size
    interpolation = hp.Choice("interpolation", ["bilinear", "bicubic"], default="bilinear")
    trainable_blocks, pooling = _cut(hp, backbone)
    shape = (height, width, 3)
    if trainable_blocks:
        network = backbones.mobilenet_v2_front(shape, trainable_blocks)
    else:
        # The reference model's head takes the ImageNet logits.
        features = hp.Choice("features", ["logits", "pooled"]) if backbone.has_logits else "pooled"
        network = backbones.mobilenet_v2(shape, pooling=pooling, logits=features == "logits")

    images = keras.Input(input_shape, dtype="uint8")
    # Rescaled first: Keras resizes uint8 to uint8, which would round the interpolated values.
    x = layers.Rescaling(backbone.scale, backbone.offset)(images)
    x = layers.Resizing(height, width, interpolation=interpolation)(x)
    return keras.Model(images, network(x))


def build(hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """The trained blocks and pooling (if any), BatchNorm (if on), Dense (if units), Dropout, Dense."""
    backbone = backbones.facts()
    trainable_blocks, pooling = _cut(hp, backbone)
    batch_norm = hp.Boolean("batch_norm", default=False)
    units = hp.Choice("units", [0, 64, 128, 256, 512], default=0)
    dropout = hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.0)
    regularized = hp.Boolean("regularized", default=False)
    with hp.conditional_scope("regularized", [True]):
        l2 = hp.Float("l2", 1e-6, 1e-2, sampling="log", default=1e-4)
    label_smoothing = hp.Choice("label_smoothing", [0.0, 0.05, 0.1, 0.2], default=0.0)
    optimizer = hp.Choice("optimizer", ["adam", "adamw", "rmsprop"], default="adam")
    learning_rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    # tunebench applies the schedule, because it knows the number of steps.
    hp.Choice("schedule", ["constant", "cosine"], default="constant")
    hp.Choice("batch_size", [32, 64, 128], default=32)

    regularizer = keras.regularizers.L2(l2) if regularized else None
    x = inputs = keras.Input(input_shape)
    tail = None
    if trainable_blocks:
        height, width, channels = input_shape
        tail = backbones.mobilenet_v2_tail((height, width, channels), trainable_blocks)
        x = tail(x)
        x = (layers.GlobalAveragePooling2D if pooling == "avg" else layers.GlobalMaxPooling2D)()(x)
    if batch_norm:
        # Keras' default of 0.99 is too slow for epochs of a few dozen steps.
        x = layers.BatchNormalization(momentum=0.9)(x)
    if units:
        x = layers.Dense(units, "relu", kernel_regularizer=regularizer)(x)
    x = layers.Dropout(dropout)(x)
    # Always float32: half-precision probabilities have ties and do not sum to 1.
    classes = layers.Dense(num_classes, "softmax", kernel_regularizer=regularizer, dtype="float32")
    model = keras.Model(inputs, classes(x))
    slow_factor = _fine_tuning_factor(hp, backbone)
    model.compile(
        backbones.optimizer_of_two_rates(optimizer, learning_rate, slow=tail, slow_factor=slow_factor),
        _loss(label_smoothing, num_classes),
        metrics=["accuracy"],
    )
    return model


def _cut(hp: Any, backbone: backbones.Facts) -> tuple[int, str]:
    """How many of the 17 blocks are trained, and how the maps are pooled; the same for prefix and head."""
    if not backbone.can_be_cut:
        return 0, "avg"
    trainable_blocks = hp.Choice("trainable_blocks", [0, 1, 2, 4, 6], default=0)
    return trainable_blocks, hp.Choice("pooling", ["avg", "max"], default="avg")


def _fine_tuning_factor(hp: Any, backbone: backbones.Facts) -> float:
    """The factor on the learning rate of pretrained blocks."""
    if not backbone.can_be_cut:
        return 1.0
    with hp.conditional_scope("trainable_blocks", [1, 2, 4, 6]):
        return hp.Float("fine_tuning_factor", 0.01, 1.0, sampling="log", default=0.1) or 1.0


def _loss(label_smoothing: float, num_classes: int) -> str | Callable[[Any, Any], Any]:
    """Cross-entropy; Keras can smooth only one-hot labels."""
    if not label_smoothing:
        return "sparse_categorical_crossentropy"

    def smoothed_crossentropy(labels: Any, probabilities: Any) -> Any:
        one_hot = keras.ops.one_hot(keras.ops.reshape(labels, (-1,)), num_classes)
        return keras.losses.categorical_crossentropy(one_hot, probabilities, label_smoothing=label_smoothing)

    return smoothed_crossentropy
