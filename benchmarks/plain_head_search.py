"""The plain side of head_search.py: Keras Tuner as in its guide, the frozen network being part of the model.

Prints one JSON line: the best validation accuracy and the seconds of each trial.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

import keras
from mobilenet_head import SIZE, compiled, head, preprocessed
from plain_tuner import PlainSearch

from tunebench import datasets


def main() -> None:
    """Search and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--trials", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--train-size", type=int, required=True)
    given = parser.parse_args()

    dataset = datasets.load("cifar10", data_dir=given.data_dir, train_size=given.train_size, test_size=1000)
    data = dataset.training_data(0)
    num_classes = len(dataset.class_names)

    def build(hp: Any) -> keras.Model:
        images = keras.Input(data.image_shape, dtype="uint8")
        network = keras.applications.MobileNetV2(
            input_shape=SIZE, include_top=False, weights=str(given.backbone), pooling="avg"
        )
        network.trainable = False
        features = network(preprocessed(images), training=False)
        return compiled(hp, keras.Model(images, head(hp, features, num_classes)))

    with tempfile.TemporaryDirectory() as folder:
        tuner = PlainSearch(build, "val_accuracy", max_trials=given.trials, seed=1, directory=folder)
        tuner.search(
            data.train.images,
            data.train.labels,
            validation_data=(data.validation.images, data.validation.labels),
            epochs=given.epochs,
            verbose=0,
        )
        best = tuner.oracle.get_best_trials(1)[0].score
    print(json.dumps({"best_validation_accuracy": best, "trial_seconds": tuner.seconds}))


if __name__ == "__main__":
    main()
