"""A tutorial on own parts: a layer, a focal loss, a metric and an activation, none of them registered."""

import keras
from keras import layers, ops


class Scale(layers.Layer):
    """Multiplies by a tuned number."""

    def __init__(self, factor, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        """The product."""
        return inputs * self.factor

    def get_config(self):
        """The arguments."""
        return {**super().get_config(), "factor": self.factor}


class FocalLoss(keras.losses.Loss):
    """Lin and others, "Focal Loss for Dense Object Detection", for one-hot labels."""

    def call(self, y_true, y_pred):
        """The loss of each example."""
        y_pred = ops.clip(y_pred, 1e-7, 1.0)
        return ops.sum(-y_true * (1 - y_pred) ** 2 * ops.log(y_pred), axis=-1)


def confidence(y_true, y_pred):
    """The mean of the largest probability."""
    del y_true
    return ops.mean(ops.max(y_pred, axis=-1))


def squash(inputs):
    """An activation."""
    return inputs / (1 + ops.abs(inputs))


def build(hp, input_shape, num_classes):
    """A dense network of these parts."""
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            Scale(hp.Float("factor", 0.001, 0.01)),
            layers.Flatten(),
            layers.Dense(8, activation=squash),
            layers.Dense(num_classes, activation="softmax"),
        ]
    )
    model.compile("adam", FocalLoss(), metrics=[confidence])
    return model
