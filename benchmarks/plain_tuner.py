"""Keras Tuner's random search, unchanged except that it does not need tensorboard."""

import time
from typing import Any

import keras_tuner


class WithoutTensorBoard:
    """For a tuner of Keras Tuner, which imports tensorboard without requiring it."""

    def _configure_tensorboard_dir(self, *arguments: Any) -> None:
        """Keras Tuner imports tensorboard here."""


class PlainSearch(WithoutTensorBoard, keras_tuner.RandomSearch):  # type: ignore[misc] # untyped
    """Random search that records the seconds of each trial."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.seconds: list[float] = []

    def run_trial(self, trial: Any, *arguments: Any, **settings: Any) -> Any:
        """Run one trial."""
        started = time.perf_counter()
        result = super().run_trial(trial, *arguments, **settings)
        self.seconds.append(time.perf_counter() - started)
        return result
