"""The plain side of tuners.py: Keras Tuner's random search over one of tunebench's spaces.

Prints one JSON line: for each trial its score, hyperparameters, validation accuracy after each epoch, and the
seconds until its end.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import keras
import keras_tuner
from plain_tuner import PlainSearch

from tunebench import datasets, spaces


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--space", required=True)
    for name in ("trials", "epochs", "patience", "train-size", "seed"):
        parser.add_argument(f"--{name}", type=int, required=True)
    given = parser.parse_args()
    began = time.perf_counter()
    dataset = datasets.load("cifar10", data_dir=given.data_dir, train_size=given.train_size, test_size=100)
    data = dataset.training_data(given.seed)
    build = spaces.find(given.space).build_function
    histories: list[list[float]] = []

    class Model(keras_tuner.HyperModel):  # type: ignore[misc] # untyped
        """Tunes the batch size as Keras Tuner's guide does."""

        def build(self, hp: Any) -> Any:
            """The space's model."""
            return build(hp, data.image_shape, data.num_classes)

        def fit(self, hp: Any, model: Any, *arguments: Any, **settings: Any) -> Any:
            """Train at the tuned batch size."""
            # Before training, so that a trial that fails has an empty history.
            histories.append(accuracies := [])
            history = model.fit(*arguments, batch_size=hp.get("batch_size"), **settings)
            accuracies.extend(history.history["val_accuracy"])
            return history

    keras.utils.set_random_seed(given.seed)
    with tempfile.TemporaryDirectory() as folder:
        # Keras Tuner treats seed 0 as no seed.
        tuner = PlainSearch(
            Model(), "val_accuracy", max_trials=given.trials, seed=given.seed + 1, directory=folder
        )
        started = time.perf_counter()
        tuner.search(
            data.train.images,
            data.train.labels,
            validation_data=(data.validation.images, data.validation.labels),
            epochs=given.epochs,
            callbacks=[keras.callbacks.EarlyStopping("val_accuracy", mode="max", patience=given.patience)],
            verbose=0,
        )
        trials = sorted(tuner.oracle.trials.values(), key=lambda trial: trial.trial_id)
    ends = [started - began + sum(tuner.seconds[: number + 1]) for number in range(len(tuner.seconds))]
    found = {
        "scores": [trial.score or 0.0 for trial in trials],
        "ends": ends,
        "histories": histories,
        "hyperparameters": [trial.hyperparameters.values for trial in trials],
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
