"""Keras Tuner's random search as it comes, able to run where tensorboard is not installed."""

import time
from typing import Any

import keras_tuner


class PlainSearch(keras_tuner.RandomSearch):  # type: ignore[misc] # untyped
    """Random search that works without tensorboard, and notes what each trial takes."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.seconds: list[float] = []

    def _configure_tensorboard_dir(self, *arguments: Any) -> None:
        """Keras Tuner imports tensorboard here without requiring it."""

    def run_trial(self, trial: Any, *arguments: Any, **settings: Any) -> Any:
        """One trial."""
        started = time.perf_counter()
        result = super().run_trial(trial, *arguments, **settings)
        self.seconds.append(time.perf_counter() - started)
        return result
