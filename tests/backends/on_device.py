"""Train a small network twice, with its images copied batch by batch and kept on the device.

Prints JSON: for each the history without times, and the prediction for one image.
"""

import json
import sys

import numpy as np

from tunebench.runtime import import_for_training, import_keras

keras = import_keras()
import_for_training()

from tests.small import digits  # noqa: E402 (after Keras has its settings)
from tunebench.fitting import Examples, FitSettings, fit  # noqa: E402
from tunebench.fitting.augmentation import Augmentation  # noqa: E402
from tunebench.fitting.stopwatch import Stopwatch  # noqa: E402

data = digits().training_data(0)
train = Examples(data.train.images, data.train.labels)
validation = Examples(data.validation.images, data.validation.labels)


def trained(*, on_device: bool) -> list[object]:
    """Train the network once."""
    layers = keras.layers
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input(data.image_shape),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, strides=2, use_bias=False),
            layers.BatchNormalization(momentum=0.9),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(10, "softmax", kernel_regularizer="l2"),
        ]
    )
    # Keras' trainer for PyTorch has no others.
    steps = 1 if keras.backend.backend() == "torch" else 3
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"], steps_per_execution=steps)
    settings = FitSettings(
        epochs=2,
        patience=None,
        seed=3,
        augmentation=Augmentation(0.5, mirror=False),
        class_weights="balanced",
        objective="macro_f1",
        on_device=on_device,
    )
    history = fit(model, train, validation, settings, Stopwatch()).history
    predicted = np.asarray(model.predict(validation.inputs[:1], verbose=0))
    return [{**history, "seconds": []}, predicted[0].tolist()]


sys.stdout.write(json.dumps([trained(on_device=False), trained(on_device=True)]))
