"""Synthetic run folders with plausible values, without training.

All models share the difficulty of each image, so their mistakes overlap as those of real models do. Each
model has a skill, which varies slightly with the seed.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.synthetic_trials import search_of
from tunebench.record_json import to_json
from tunebench.records import (
    DatasetRecord,
    EnvironmentRecord,
    FinalRecord,
    History,
    HyperparameterValue,
    Importance,
    RunRecord,
    TrialRecord,
    TrialSeconds,
)
from tunebench.runs.predictions import write_predictions

Labels = NDArray[np.int64]
Probabilities = NDArray[np.float32]
CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass(frozen=True, kw_only=True)
class Data:
    """The data set of a synthetic run."""

    name: str = "cifar10"
    train_size: int = 4000
    test_size: int = 1000
    class_names: tuple[str, ...] = CIFAR10_CLASSES
    # A data set with the same test images.
    tested_as: "Data | None" = field(default=None, repr=False)

    @property
    def sha256(self) -> str:
        """A hash of these fields."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def record(self) -> DatasetRecord:
        """The record in ``run.json``."""
        return DatasetRecord(
            name=self.name,
            train_size=self.train_size,
            validation_size=self.train_size // 5,
            test_size=self.test_size,
            class_names=list(self.class_names),
            sha256=self.sha256,
        )


CIFAR10 = Data()


@dataclass(frozen=True, kw_only=True)
class Model:
    """The properties of a synthetic run."""

    name: str
    accuracy: float
    seconds: float
    space: str | None = None
    prefix_seconds: float = 0.0
    epochs: int = 20
    parameters: int = 120_000
    trials: int = 8
    pruned: int = 0
    # Of the hyperparameters, instead of that of the trials: from ten scored ones on, it takes seconds.
    importance: Importance | None = None
    seeds: int = 3
    tuned: bool = True
    tuner: str = "random"
    seed_spread: float = 0.05
    summary: str = "A convolutional network."
    device: str = "CPU"
    precision: str = "float32"
    other_load: float | None = 0.02
    settings: dict[str, HyperparameterValue | None] = field(default_factory=dict)
    hyperparameters: dict[str, HyperparameterValue] = field(
        default_factory=lambda: {
            "filters_1": 64,
            "kernel_size": 3,
            "dropout": 0.31,
            "l2": 3.1e-4,
            "learning_rate": 0.0099,
            "optimizer": "adam",
            "batch_size": 64,
            "batch_norm": True,
        }
    )


ENVIRONMENT = EnvironmentRecord(
    tunebench="0.1.0",
    python="3.11.13",
    keras="3.15.1",
    backend="tensorflow",
    tensorflow="2.21.0",
    keras_tuner="1.4.8",
    numpy="2.4.6",
    device="CPU",
    cpu_count=2,
    precision="float32",
    os="Linux 6.1 x86_64",
)

RANGES: dict[str, list[HyperparameterValue]] = {
    "filters_1": [16, 32, 64],
    "kernel_size": [3, 5],
    "dropout": [0.0, 0.6],
    "l2": [1e-6, 1e-2],
    "learning_rate": [1e-4, 1e-2],
    "optimizer": ["adam", "rmsprop", "sgd"],
    "batch_size": [32, 64, 128],
    "batch_norm": [False, True],
}

_FIRST = "One convolution (reference model 1)."
FOUR = (
    Model(name="cnn1", accuracy=0.497, seconds=9.4, parameters=61_706, summary=_FIRST),
    Model(
        name="cnn2", accuracy=0.611, seconds=33.0, parameters=141_066, summary="Two convolutions (Model 2)."
    ),
    Model(
        name="cnn3", accuracy=0.621, seconds=41.2, parameters=309_290, summary="Four convolutions (Model 3)."
    ),
    Model(
        name="mobilenet_v2",
        accuracy=0.884,
        seconds=56.0,
        prefix_seconds=38.0,
        epochs=12,
        parameters=2_585_674,
        seed_spread=0.01,
        summary="A small head on frozen ImageNet features (Model 4).",
    ),
)


def write_runs(runs_dir: Path, models: Iterable[Model] = FOUR, data: Data = CIFAR10) -> list[Path]:
    """Write one run folder per model and return the folders."""
    return [write_run(runs_dir / data.name / model.name, model, data) for model in models]


def write_run(folder: Path, model: Model, data: Data = CIFAR10) -> Path:
    """Write the files of one run: ``run.json``, ``trials.jsonl`` (when tuned) and the predictions."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(model.name.encode()).digest()[:4], "big"))
    labels, difficulty = _images(data)
    finals: list[FinalRecord] = []
    for seed in range(model.seeds):
        probabilities = _predict(random, model, labels, difficulty, len(data.class_names))
        pictures = np.random.default_rng(seed).integers(0, 255, (len(labels), 8, 8, 3), dtype=np.uint8)
        write_predictions(folder / f"predictions-{seed}.npz", labels, probabilities, pictures)
        finals.append(_final(random, model, seed, labels, probabilities))
    trials = [_trial(random, model, number) for number in range(model.trials)] if model.tuned else []
    if model.tuned:
        (folder / "trials.jsonl").write_bytes(b"".join(to_json(trial) + b"\n" for trial in trials))
    record = RunRecord(
        name=model.name,
        space=model.space or model.name.removesuffix("-default"),
        summary=model.summary,
        kind="tuned" if model.tuned else "default",
        dataset=data.record(),
        hyperparameters=model.hyperparameters,
        ranges=RANGES,
        settings={"epochs": model.epochs, "patience": 5, "seed": 0, "augment": True, "backbone": None}
        | model.settings,
        search=search_of(trials, model.pruned, model.tuner, model.importance) if model.tuned else None,
        finals=finals,
        environment=replace(ENVIRONMENT, device=model.device, precision=model.precision),
        command=f"tunebench search {model.name} --dataset {data.name} --trials {model.trials}",
        started_at="2026-11-24T09:00:00+01:00",
        finished_at="2026-11-24T09:14:30+01:00",
    )
    (folder / "run.json").write_bytes(to_json(record, indent=2))
    return folder


def _images(data: Data) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    random = np.random.default_rng(int((data.tested_as or data).sha256[:8], 16))
    labels = random.permutation(np.arange(data.test_size, dtype=np.int64) % len(data.class_names))
    return labels, random.normal(size=data.test_size)


def _predict(
    random: np.random.Generator, model: Model, labels: Labels, difficulty: NDArray[np.float64], classes: int
) -> Probabilities:
    images = len(labels)
    margin = -difficulty + random.normal(0, 0.7, images)
    skill = -np.quantile(margin, 1 - model.accuracy) + random.normal(0, model.seed_spread)
    logits = random.gumbel(0, 0.5, (images, classes))
    # Neighbouring classes are confused most often.
    logits[np.arange(images), labels ^ 1 if classes % 2 == 0 else (labels + 1) % classes] += 1.0
    best_other = np.where(np.eye(classes, dtype=bool)[labels], -np.inf, logits).max(axis=1)
    logits[np.arange(images), labels] = best_other + 2.0 * (margin + skill)
    logits -= logits.max(axis=1, keepdims=True)
    probabilities = np.exp(logits)
    shares: Probabilities = (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _history(random: np.random.Generator, model: Model, accuracy: float, seconds: float) -> History:
    epoch = np.arange(1, model.epochs + 1)
    rise = 1 - np.exp(-epoch / (model.epochs / 5))
    validation = accuracy * (0.55 + 0.45 * rise) - 0.004 * np.maximum(0, epoch - 0.75 * model.epochs)
    validation = np.clip(validation + random.normal(0, 0.006, model.epochs), 0, 1)
    training = np.clip(accuracy * (0.5 + 0.58 * rise) + 0.004 * epoch, 0, 0.995)
    return {
        "loss": [round(float(value), 4) for value in 2.3 * (1 - training) + 0.05],
        "accuracy": [round(float(value), 4) for value in training],
        "val_loss": [round(float(value), 4) for value in 2.3 * (1 - validation) + 0.1],
        "val_accuracy": [round(float(value), 4) for value in validation],
        # Setup and epochs, without the frozen features.
        "seconds": [round(float(value), 3) for value in seconds * epoch / model.epochs],
    }


def _final(
    random: np.random.Generator, model: Model, seed: int, labels: Labels, probabilities: Probabilities
) -> FinalRecord:
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    loss = float(-np.log(np.maximum(probabilities[np.arange(len(labels)), labels], 1e-7)).mean())
    seconds = model.seconds * float(random.uniform(0.93, 1.08))
    setup = 0.08 * (seconds - model.prefix_seconds)
    history = _history(random, model, accuracy, seconds - model.prefix_seconds)
    validation = [value or 0.0 for value in history["val_accuracy"]]
    return FinalRecord(
        seed=seed,
        test_accuracy=accuracy,
        test_loss=loss,
        validation_accuracy=max(validation),
        train_seconds=seconds,
        prefix_seconds=model.prefix_seconds,
        setup_seconds=setup,
        fit_seconds=seconds - model.prefix_seconds - setup,
        epochs=model.epochs,
        best_epoch=int(np.argmax(validation)) + 1,
        stopped_early=True,
        parameters=model.parameters,
        model_bytes=model.parameters * 4 + 40_000,
        inference_seconds_per_image=model.parameters * 1e-10 + 2e-5,
        history=history,
        other_load=model.other_load,
    )


def _trial(random: np.random.Generator, model: Model, number: int) -> TrialRecord:
    values: dict[str, HyperparameterValue] = {
        "filters_1": int(random.choice([16, 32, 64])),
        "kernel_size": int(random.choice([3, 5])),
        "dropout": float(random.uniform(0, 0.6)),
        "l2": float(10 ** random.uniform(-6, -2)),
        "learning_rate": float(10 ** random.uniform(-4, -2)),
        "optimizer": str(random.choice(["adam", "rmsprop", "sgd"])),
        "batch_size": int(random.choice([32, 64, 128])),
        "batch_norm": bool(random.choice([False, True])),
    }
    failed = number % 7 == 6
    distance = abs(np.log10(float(values["learning_rate"])) + 2.0) + float(values["dropout"]) / 2
    accuracy = float(np.clip(model.accuracy * (1 - 0.15 * distance) + random.normal(0, 0.01), 0.1, 1))
    seconds = model.seconds * 0.7
    return TrialRecord(
        trial_id=str(number),
        status="failed" if failed else "completed",
        message="The loss was not finite in epoch 3." if failed else None,
        hyperparameters=values,
        score=None if failed else accuracy,
        scores=[] if failed else [accuracy],
        epochs=3 if failed else model.epochs,
        history={} if failed else _history(random, model, accuracy, seconds),
        started_at=f"2026-11-24T09:{(number // 2) % 60:02d}:00+01:00",
        elapsed_seconds=(number + 1) * seconds * 1.1,
        seconds=TrialSeconds(prefix=model.prefix_seconds, setup=1.0, fit=seconds, evaluate=0.5),
        parameters=model.parameters,
        seed=number,
    )
