"""A head on a pretrained network of keras.applications, whose last layers may be trained too."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import layers

from tunebench import backbones

EPOCHS = 5


def frozen_prefix(network: str, hp: Any, input_shape: tuple[int, ...]) -> keras.Model:
    """Resize, preprocess and apply the frozen part of a network: from raw images to features or feature maps.

    Args:
        network: Its name in keras.applications.
        hp: Hyperparameters.
        input_shape: Of one image.
    """
    size = _image_size(network, hp)
    interpolation = hp.Choice("interpolation", ["bilinear", "bicubic"], default="bilinear")
    trainable_layers, pooling = _cut(network, hp)

    images = keras.Input(input_shape, dtype="uint8")
    # Converted first: Keras resizes uint8 to uint8, which would round the interpolated values.
    x = layers.Rescaling(1.0, dtype="float32")(images)
    x = layers.Resizing(size, size, interpolation=interpolation, dtype="float32")(x)
    x = backbones.preprocessed(network, x)
    return keras.Model(images, backbones.front(network, (size, size, 3), trainable_layers, pooling)(x))


def build(network: str, hp: Any, input_shape: tuple[int, ...], num_classes: int) -> keras.Model:
    """The head, behind the layers of a network that are trained (if any).

    Args:
        network: Its name in keras.applications.
        hp: Hyperparameters.
        input_shape: Of the output of `frozen_prefix` for one image.
        num_classes: Size of the output.
    """
    trainable_layers, pooling = _cut(network, hp)
    tail = None
    if trainable_layers:
        size = _image_size(network, hp)
        tail = backbones.tail(network, (size, size, 3), trainable_layers)
    tails = backbones.network(network).tails
    return head(hp, input_shape, num_classes, tail, pooling, ("trainable_layers", tails) if tails else None)


def head(
    hp: Any,
    input_shape: tuple[int, ...],
    num_classes: int,
    tail: keras.Model | None,
    pooling: str,
    trained: tuple[str, Sequence[int]] | None,
) -> keras.Model:
    """The tail and pooling (if any), BatchNorm (if on), Dense (if units), Dropout, Dense; compiled.

    Args:
        hp: Hyperparameters.
        input_shape: Of the features, or of the maps for the tail.
        num_classes: Size of the output.
        tail: The pretrained layers that are trained.
        pooling: ``"avg"`` or ``"max"`` over the tail's maps.
        trained: The hyperparameter that says how much is trained, and its values for which anything is;
            ``None`` if nothing can be.
    """
    batch_norm = hp.Boolean("batch_norm", default=False)
    units = hp.Choice("units", [0, 64, 128, 256, 512], default=0)
    dropout = hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.0)
    regularized = hp.Boolean("regularized", default=False)
    with hp.conditional_scope("regularized", [True]):
        l2 = hp.Float("l2", 1e-6, 3e-3, sampling="log", default=1e-4)
    label_smoothing = hp.Choice("label_smoothing", [0.0, 0.05, 0.1, 0.2], default=0.0)
    optimizer = hp.Choice("optimizer", ["adam", "adamw"], default="adam")
    learning_rate = hp.Float("learning_rate", 3e-4, 3e-3, sampling="log", default=1e-3)
    # tunebench applies the schedule, because it knows the number of steps.
    hp.Choice("schedule", ["constant", "cosine"], default="constant")
    hp.Choice("batch_size", [32, 64, 128], default=32)

    regularizer = keras.regularizers.L2(l2) if regularized else None
    x = inputs = keras.Input(input_shape)
    if tail is not None:
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
    # The factor on the learning rate of pretrained layers.
    slow_factor = 1.0
    if trained is not None:
        with hp.conditional_scope(trained[0], [*trained[1]]):
            slow_factor = hp.Float("fine_tuning_factor", 0.02, 0.4, sampling="log", default=0.1) or 1.0
    model.compile(
        backbones.optimizer_of_two_rates(optimizer, learning_rate, slow=tail, slow_factor=slow_factor),
        _loss(label_smoothing, num_classes),
        metrics=["accuracy"],
    )
    return model


def _image_size(network: str, hp: Any) -> int:
    """Height and width: those that the network was made for, or smaller ones, in steps of its strides."""
    size = backbones.network(network).image_size
    smaller = [32 * round(size * sevenths / 7 / 32) for sevenths in (3, 4, 5, 6)]
    chosen: int = hp.Choice("image_size", sorted({*smaller, size}), default=size)
    return chosen


def _cut(network: str, hp: Any) -> tuple[int, str]:
    """How many of the layers are trained, and how the maps are pooled; the same for prefix and head."""
    tails = backbones.network(network).tails
    trainable_layers = hp.Choice("trainable_layers", [0, *tails], default=0) if tails else 0
    return trainable_layers, hp.Choice("pooling", ["avg", "max"], default="avg")


def _loss(label_smoothing: float, num_classes: int) -> str | Callable[[Any, Any], Any]:
    """Cross-entropy; Keras can smooth only one-hot labels."""
    if not label_smoothing:
        return "sparse_categorical_crossentropy"

    def smoothed_crossentropy(labels: Any, probabilities: Any) -> Any:
        one_hot = keras.ops.one_hot(keras.ops.reshape(labels, (-1,)), num_classes)
        return keras.losses.categorical_crossentropy(one_hot, probabilities, label_smoothing=label_smoothing)

    return smoothed_crossentropy
