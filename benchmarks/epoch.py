"""Train cnn3's default model for one epoch on random images, as a trial does; prints its seconds as JSON."""

import argparse
import json

import numpy as np

from tunebench.runtime import import_keras

# Before anything else imports Keras: with tunebench's settings.
import_keras()

import keras_tuner  # noqa: E402

from search_spaces import cnn3  # noqa: E402
from tunebench.fitting import Examples, FitSettings, fit, reset_keras  # noqa: E402
from tunebench.fitting.stopwatch import Stopwatch  # noqa: E402


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    given = parser.parse_args()

    reset_keras(1)
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (given.images, 32, 32, 3), dtype=np.uint8)
    examples = Examples(images, random.integers(0, 10, given.images))
    few = Examples(examples.inputs[:256], examples.labels[:256])
    settings = FitSettings(epochs=1, patience=None, batch_size=given.batch_size, augmentation=None, seed=0)
    stopwatch = Stopwatch()
    fit(cnn3.build(keras_tuner.HyperParameters(), (32, 32, 3), 10), examples, few, settings, stopwatch)
    print(json.dumps({"epoch_seconds": stopwatch["fit"]}))


if __name__ == "__main__":
    main()
