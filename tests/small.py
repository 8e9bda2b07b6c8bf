"""A few digits and a space that trains in a second, for many tests."""

from pathlib import Path

from tunebench import datasets
from tunebench.datasets import Dataset

TINY_SPACE = '''\
"""A tiny network."""

import keras
from keras import layers

EPOCHS = 2


def build(hp, input_shape, num_classes):
    units = hp.Choice("units", [4, 8, 16], default=8)
    learning_rate = hp.Choice("learning_rate", [0.003, 0.01, 0.03], default=0.01)
    hp.Choice("batch_size", [32, 64], default=32)
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Rescaling(1 / 255),
            layers.MaxPooling2D(4),
            layers.Flatten(),
            layers.Dense(units, "relu"),
            layers.Dropout(0.1),
            layers.Dense(num_classes, "softmax"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model
'''
# The same without the optimizer's moments, which take a third of a trial's time: not for tests that resume a
# training.
PLAIN_SPACE = TINY_SPACE.replace("keras.optimizers.Adam(", "keras.optimizers.SGD(")
# The same without tracing, which takes as long as eight steps.
UNTRACED_SPACE = PLAIN_SPACE.replace('metrics=["accuracy"]\n', 'metrics=["accuracy"], run_eagerly=True\n')


def write_space(folder: Path, source: str = PLAIN_SPACE, name: str = "tiny") -> Path:
    """Write a space file."""
    path = folder / f"{name}.py"
    path.write_text(source, encoding="utf-8")
    return path


def digits(train_size: int = 300, test_size: int = 100) -> Dataset:
    """Real digits: ``train_size`` and ``test_size`` images of shape ``(32, 32, 3)``."""
    return datasets.load("digits", train_size=train_size, test_size=test_size)
