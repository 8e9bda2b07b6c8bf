"""What the plain scripts of tuners.py have in common: images, models, a time limit and what is printed.

A plain script tunes one of tunebench's spaces as its user would: augmentation by Keras' layers in the model,
the batch size as in Keras Tuner's guide, early stopping with the best weights, which are then tested.
"""

import argparse
import contextlib
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
from keras import layers
from plain_data import opened

from tunebench import spaces

# tunebench's shift at strength 1, as a share of the image.
_MAX_SHIFT = 0.25


class TimeIsUpError(BaseException):
    """Ends a search; no ``Exception``, because both tuners go on after those."""


class Task:
    """The search that a plain script is to do.

    Attributes:
        given: The command line: ``tuner``, ``trials``, ``epochs``, ``seed``, ….
        trials: For each finished trial its ``score``, ``test_accuracy``, ``end`` in seconds since the command
            was started, and ``hyperparameters``.
    """

    def __init__(self) -> None:
        parser = argparse.ArgumentParser()
        parser.add_argument("--tuner", required=True)
        parser.add_argument("--dataset", required=True)
        parser.add_argument("--data-dir", type=Path)
        parser.add_argument("--mirror", required=True)
        parser.add_argument("--space", required=True)
        parser.add_argument("--started", type=float, required=True, help="seconds since 1970")
        parser.add_argument("--seconds", type=float, help="default: until all trials are finished")
        for name in ("trials", "epochs", "patience", "train-size", "test-size", "seed"):
            parser.add_argument(f"--{name}", type=int, required=True)
        self.given = parser.parse_args()
        self._dataset = opened(self.given)
        self.data = self._dataset.training_data(self.given.seed)
        self._build = spaces.find(self.given.space).build_function
        self._not_counted = 0.0
        self.trials: list[dict[str, Any]] = []
        keras.utils.set_random_seed(self.given.seed)

    def model(self, hp: Any) -> keras.Model:
        """The space's model, with augmentation of a tuned strength as tunebench's search has it."""
        model = self._build(hp, self.data.image_shape, self.data.num_classes)
        strength = hp.Float("augmentation", 0.0, 1.0, step=0.25, default=0.0)
        if not strength:
            return model
        shift = _MAX_SHIFT * strength
        augmentation = [layers.RandomTranslation(shift, shift)]
        if self._dataset.mirror_safe:
            augmentation.insert(0, layers.RandomFlip("horizontal"))
        augmented = keras.Sequential([keras.Input(self.data.image_shape), *augmentation, *model.layers])
        augmented.compile(model.optimizer, model.loss, metrics=["accuracy"])
        return augmented

    def callbacks(self) -> list[keras.callbacks.Callback]:
        """Early stopping and the time limit."""
        stopping = keras.callbacks.EarlyStopping(
            "val_accuracy", mode="max", patience=self.given.patience, restore_best_weights=True
        )
        return [stopping, TimeLimit(self)]

    def elapsed(self) -> float:
        """Seconds since the command was started, without those of testing."""
        return time.time() - float(self.given.started) - self._not_counted

    def finished(self, model: keras.Model, history: Mapping[str, Any], values: Mapping[str, Any]) -> float:
        """Record a trial; its test accuracy costs no time, because a user tests the winner only."""
        end, began = self.elapsed(), time.time()
        test = self._dataset.test
        tested = float(model.evaluate(test.images, test.labels, verbose=0)[1])
        self._not_counted += time.time() - began
        score = float(max(history["val_accuracy"]))
        found = {"score": score, "test_accuracy": tested, "end": end, "hyperparameters": dict(values)}
        self.trials.append(found)
        return score

    def run(self, search: Callable[[], object]) -> None:
        """Search until all trials are finished or the time is up, and print the trials as one JSON line."""
        with contextlib.suppress(TimeIsUpError):
            search()
        print(json.dumps({"trials": self.trials, "wall_seconds": self.elapsed()}))


class TimeLimit(keras.callbacks.Callback):  # type: ignore[misc] # untyped
    """Ends a search when its time is up."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002 (Keras' signature)
        """Look at the clock."""
        seconds = self._task.given.seconds
        if seconds is not None and self._task.elapsed() > seconds:
            raise TimeIsUpError
