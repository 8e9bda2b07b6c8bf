"""What a search maximises decides which trial wins."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.tuning.searches import SETTINGS, prepare, records, search, search_record
from tunebench.datasets import Split

# Two models that do not learn: one names the common class always, the other bright images the rare one.
TWO = '''\
"""Two rules."""

import keras
import numpy as np
from keras import layers


def build(hp, input_shape, num_classes):
    rule = hp.Choice("rule", ["common", "bright"])
    inputs = layers.Input(input_shape)
    outputs = layers.Dense(num_classes, "softmax")
    mean = layers.GlobalAveragePooling2D()(layers.Rescaling(1 / 255)(inputs))
    model = keras.Model(inputs, outputs(mean))
    kernel, bias = np.zeros((3, num_classes)), np.full(num_classes, -99.0)
    kernel[:, 1], bias[:2] = 0 if rule == "common" else 2 / 3, (1, 0)
    outputs.set_weights([kernel, bias])
    model.compile(keras.optimizers.SGD(0.0), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
'''


def _imbalanced(size: int) -> Split:
    """A tenth of the images are of the rare class, and bright, as are two tenths of the others."""
    number = np.arange(size)
    bright = number % 10 < 3
    images = np.broadcast_to(
        np.where(bright, 255, 0).astype(np.uint8)[:, None, None, None], (size, 32, 32, 3)
    )
    return Split(np.ascontiguousarray(images), (number % 10 == 0).astype(np.int64))


def test_the_objective_decides_which_trial_wins(tmp_path: Path) -> None:
    """The winner has the better balanced accuracy, although the other trial is more accurate."""
    preparation = prepare(tmp_path, TWO)
    preparation.data = replace(preparation.data, train=_imbalanced(64), validation=_imbalanced(200))
    settings = replace(
        SETTINGS, tuner="grid", trials=None, epochs=1, augment=False, objective="balanced_accuracy"
    )
    winner = search(preparation, tmp_path / "run", settings)
    found = {str(each.hyperparameters["rule"]): each for each in records(tmp_path / "run")}
    accuracies = {rule: each.history["val_accuracy"][0] for rule, each in found.items()}
    assert winner.hyperparameters["rule"] == max(found, key=lambda rule: found[rule].score or 0.0) == "bright"
    assert max(accuracies, key=lambda rule: accuracies[rule] or 0.0) == "common"
    assert search_record(winner).best_score == found["bright"].history["val_balanced_accuracy"][0]
