"""Arguments, data and Keras' own augmentation for the plain sides of cnn_search.py."""

import argparse
from pathlib import Path
from typing import Any

import keras
from cnn_model import model
from keras import layers
from plain_data import opened

# As tunebench's strength of 0.5: shifts by up to 4 of 32 pixels.
_SHIFT = 0.125


def augmentation() -> tuple[layers.Layer, ...]:
    """Keras' own layers."""
    return layers.RandomFlip("horizontal"), layers.RandomTranslation(_SHIFT, _SHIFT)


class Task:
    """The data and the trainings of a plain side.

    Attributes:
        given: The command line: ``trials``, ``epochs``, ``patience``, ``batch_size``, ``seed``.
    """

    def __init__(self) -> None:
        parser = argparse.ArgumentParser()
        parser.add_argument("--dataset", required=True)
        parser.add_argument("--data-dir", type=Path)
        for name in ("trials", "epochs", "patience", "batch-size", "train-size", "test-size", "seed"):
            parser.add_argument(f"--{name}", type=int, required=True)
        self.given = parser.parse_args()
        self._dataset = opened(self.given)
        self._data = self._dataset.training_data(self.given.seed)
        keras.utils.set_random_seed(self.given.seed)

    def model(self, values: Any) -> keras.Model:
        """A model with Keras' augmentation layers."""
        return model(values, self._data.image_shape, self._data.num_classes, *augmentation())

    def fit_settings(self, *callbacks: Any) -> dict[str, Any]:
        """Arguments of ``fit`` for every training."""
        stopping = keras.callbacks.EarlyStopping(
            "val_accuracy", mode="max", patience=self.given.patience, restore_best_weights=True
        )
        train, validation = self._data.train, self._data.validation
        return {
            "x": train.images,
            "y": train.labels,
            "validation_data": (validation.images, validation.labels),
            "epochs": self.given.epochs,
            "batch_size": self.given.batch_size,
            "callbacks": [stopping, *callbacks],
            "verbose": 0,
        }

    def conclude(self, values: Any) -> float:
        """Train the winner again and test it, as tunebench does; returns the test accuracy."""
        best = self.model(values)
        best.fit(**self.fit_settings())
        test = self._dataset.test
        return float(best.evaluate(test.images, test.labels, verbose=0)[1])
