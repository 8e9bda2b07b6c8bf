"""A plain side of tuners.py: Keras Tuner's random search or Hyperband over one of tunebench's spaces."""

import tempfile
from typing import Any

import keras_tuner
from plain_space import Task
from plain_tuner import WithoutTensorBoard


class Random(WithoutTensorBoard, keras_tuner.RandomSearch):  # type: ignore[misc] # untyped
    """Random search."""


class Hyperband(WithoutTensorBoard, keras_tuner.Hyperband):  # type: ignore[misc] # untyped
    """Hyperband."""


class Model(keras_tuner.HyperModel):  # type: ignore[misc] # untyped
    """Tunes the batch size as Keras Tuner's guide does."""

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task

    def build(self, hp: Any) -> Any:
        """The space's model."""
        return self._task.model(hp)

    def fit(self, hp: Any, model: Any, *arguments: Any, callbacks: Any, **settings: Any) -> Any:
        """Train at the tuned batch size."""
        # Hyperband's own callbacks include the checkpoint that it goes on from.
        history = model.fit(
            *arguments,
            batch_size=hp.get("batch_size"),
            callbacks=[*callbacks, *self._task.callbacks()],
            **settings,
        )
        self._task.finished(model, history.history, hp.values)
        return history


def main() -> None:
    """Search and print."""
    task = Task()
    given, train, validation = task.given, task.data.train, task.data.validation
    with tempfile.TemporaryDirectory() as folder:
        # Keras Tuner treats seed 0 as no seed.
        settings = {"objective": "val_accuracy", "seed": given.seed + 1, "directory": folder}
        tuner: Any
        if given.tuner == "hyperband":
            tuner = Hyperband(Model(task), max_epochs=given.epochs, hyperband_iterations=1000, **settings)
        else:
            tuner = Random(Model(task), max_trials=given.trials, **settings)
        task.run(
            lambda: tuner.search(
                train.images,
                train.labels,
                validation_data=(validation.images, validation.labels),
                epochs=given.epochs,
                callbacks=[],
                verbose=0,
            )
        )


if __name__ == "__main__":
    main()
