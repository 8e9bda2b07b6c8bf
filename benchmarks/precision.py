"""Training steps and accuracy of the CNNs under each precision, and MobileNetV2's features.

Each space's default model is trained under each precision with the same seeds, in turns. Measured are the
seconds per training step, without the first, and the best validation accuracy. The frozen network is
MobileNetV2 at 224 pixels with random weights, run as tunebench computes features.

    python benchmarks/precision.py --data-dir DIR
    python benchmarks/precision.py --data-dir DIR --policies float32 mixed_bfloat16 mixed_float16
"""

import argparse
import math
import time
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median
from typing import Any

import numpy as np
from measuring import keep, machine

from tunebench import datasets, spaces
from tunebench.datasets import TrainingData
from tunebench.runtime import import_keras

# Before anything else imports Keras: with tunebench's settings.
keras = import_keras()

import keras_tuner  # noqa: E402

from tunebench.features import features  # noqa: E402
from tunebench.fitting import Examples, FitSettings, begin_anew, fit  # noqa: E402
from tunebench.fitting.stopwatch import Stopwatch  # noqa: E402


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, help="default: the user's cache, downloaded if need be")
    parser.add_argument("--spaces", nargs="*", default=["cnn1", "cnn2", "cnn3"])
    parser.add_argument("--policies", nargs="*", default=["float32", "mixed_bfloat16"])
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--train-size", type=int, default=4000, help="a fifth of them for validation")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--frozen-images", type=int, default=256)
    given = parser.parse_args()
    dataset = datasets.load("cifar10", data_dir=given.data_dir, train_size=given.train_size, test_size=100)
    data = dataset.training_data(0)
    trainings: dict[str, dict[str, list[dict[str, float]]]] = {}
    for name in given.spaces:
        for seed in range(1, given.seeds + 1):
            for policy in given.policies:
                found = training(name, policy, data, seed, given)
                trainings.setdefault(name, {}).setdefault(policy, []).append(found)
    frozen = {policy: images_a_second(policy, given.frozen_images) for policy in given.policies}
    figures = {
        "settings": {name: str(value) for name, value in vars(given).items()},
        "machine": machine(),
        "trainings": trainings,
        "frozen_images_a_second": frozen,
    }
    keep("precision", figures, table(figures, given))


def training(
    name: str, policy: str, data: TrainingData, seed: int, given: argparse.Namespace
) -> dict[str, float]:
    """Train a space's default model."""
    keras.config.set_dtype_policy(policy)
    begin_anew(seed)
    model = spaces.find(name).build(keras_tuner.HyperParameters(), data.image_shape, data.num_classes)
    settings = FitSettings(
        epochs=given.epochs, patience=None, batch_size=given.batch_size, augmentation=None, seed=seed
    )
    stopwatch = Stopwatch()
    train, validation = (Examples(part.images, part.labels) for part in (data.train, data.validation))
    result = fit(model, train, validation, settings, stopwatch)
    steps = given.epochs * math.ceil(len(train) / given.batch_size)
    return {"step_seconds": stopwatch["fit"] / (steps - 1), "validation_accuracy": result.best_score}


def images_a_second(policy: str, images: int) -> float:
    """Images per second of a frozen MobileNetV2, without its first batch."""
    keras.config.set_dtype_policy(policy)
    network = keras.applications.MobileNetV2(
        input_shape=(224, 224, 3), include_top=False, weights=None, pooling="avg"
    )
    pixels = np.zeros((images, 224, 224, 3), np.uint8)
    ends: list[tuple[int, float]] = []
    features(network, pixels, cache=None, progress=lambda done, _: ends.append((done, time.perf_counter())))
    return median((done - before) / (end - start) for (before, start), (done, end) in pairwise(ends))


def table(figures: dict[str, Any], given: argparse.Namespace) -> str:
    """The figures in Markdown; ratios are to the first precision."""
    here = figures["machine"]
    head = (
        f"Default models at batch {given.batch_size}, {given.epochs} epochs over "
        f"{given.train_size - given.train_size // 5:,} CIFAR-10 images, median step and mean best validation "
        f"accuracy of {given.seeds} seeds; {here['processor']}, {here['cores']} cores.\n\n"
        "| | precision | a step | speed-up | validation accuracy |\n|---|---|---|---|---|\n"
    )
    lines = []
    for name, policies in figures["trainings"].items():
        steps = {policy: median(one["step_seconds"] for one in each) for policy, each in policies.items()}
        first = next(iter(steps.values()))
        for policy, each in policies.items():
            accuracy = 100 * fmean(one["validation_accuracy"] for one in each)
            singles = ", ".join(f"{100 * one['validation_accuracy']:.1f}" for one in each)
            lines.append(
                f"| {name} | {policy} | {1e3 * steps[policy]:.1f} ms | {first / steps[policy]:.2f} "
                f"| {accuracy:.1f} % ({singles}) |\n"
            )
    speeds = figures["frozen_images_a_second"]
    first = next(iter(speeds.values()))
    for policy, speed in speeds.items():
        lines.append(f"| MobileNetV2, frozen | {policy} | {speed:.0f} images/s | {speed / first:.2f} | |\n")
    return head + "".join(lines)


if __name__ == "__main__":
    main()
