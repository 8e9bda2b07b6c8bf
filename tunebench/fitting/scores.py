"""Score the validation images after each epoch, whatever metrics a model was compiled with."""

from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from tunebench.fitting.stopwatch import Stopwatch
from tunebench.objectives import ACCURACY, Objective
from tunebench.spaces.form import ModelForm
from tunebench.spaces.outputs import classes_of

# What a metric is called that only has a name.
_NAMES = ("accuracy", "acc")


class Scores(keras.callbacks.Callback):
    """Adds ``val_accuracy``, and the objective if Keras does not report it, to each epoch's logs.

    The accuracy is the model's own metric, under whatever name. If it has none, it is measured on the
    validation images with the epoch's weights; the time is that of evaluation. Callbacks after this one find
    the values in the logs, and the history keeps them.

    Args:
        objective: What is scored.
        form: The model's.
        validation: What ``predict`` takes.
        labels: The true classes, integers of shape ``(n,)``.
        stopwatch: Receives ``evaluate`` seconds.
    """

    def __init__(
        self,
        objective: Objective,
        form: ModelForm,
        validation: Any,
        labels: NDArray[np.int64],
        stopwatch: Stopwatch,
    ) -> None:
        super().__init__()
        self._objective = objective
        self._form = form
        self._validation = validation
        self._labels = labels
        self._stopwatch = stopwatch

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Add the values."""
        del epoch
        if logs is None:
            return
        name = accuracy_name(self.model, self._form, logs)
        if name is not None:
            logs["accuracy"], logs[ACCURACY.metric] = logs[name], logs[f"val_{name}"]
        if name is None or self._objective.by_class:
            with self._stopwatch.measure("evaluate"):
                outputs = np.asarray(self.model.predict(self._validation, verbose=0))
                predicted = classes_of(outputs, self.model)
                if name is None:
                    # What a metric of that name measured is something else.
                    logs.pop("accuracy", None)
                    logs[ACCURACY.metric] = float(np.mean(predicted == self._labels))
                if self._objective.by_class:
                    logs[self._objective.metric] = self._objective.of_classes(
                        self._labels, predicted, self._form.num_classes
                    )


def accuracy_name(model: Any, form: ModelForm, logs: dict[str, float]) -> str | None:
    """The name of a trained model's own metric that is the share of examples classified correctly.

    Args:
        model: The model.
        form: Its form.
        logs: Values after an epoch, by metric; those of the validation begin with ``val_``.

    Returns:
        The name, or ``None`` if it reports no such metric.
    """
    if form.num_outputs == 1:
        return None
    known = keras.metrics
    right = known.CategoricalAccuracy if form.one_hot else known.SparseCategoricalAccuracy
    others = (
        known.Accuracy,
        known.BinaryAccuracy,
        known.CategoricalAccuracy,
        known.SparseCategoricalAccuracy,
    )
    reported = [name for name in logs if f"val_{name}" in logs]
    own = {metric.name: metric for metric in _metrics(model)}
    for name in reported:
        if type(own.get(name)) is right:
            return name
    names = ("categorical_accuracy" if form.one_hot else "sparse_categorical_accuracy", *_NAMES)
    return next((each for each in names if each in reported and not isinstance(own.get(each), others)), None)


def _metrics(model: Any) -> list[Any]:
    """A model's metrics; those that it was compiled with are in one of them."""
    return [each for metric in model.metrics for each in getattr(metric, "metrics", [metric])]
