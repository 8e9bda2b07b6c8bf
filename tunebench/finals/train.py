"""Final training: train the winner again under the clock, once per seed, and test it once.

The timed part is separate (:func:`train_under_clock`), so that a winner can be timed again without the test
split.
"""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras_tuner
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import log_loss

from tunebench import features, files, seeds
from tunebench.datasets import Split, TrainingData
from tunebench.errors import TrainingError, TrialError
from tunebench.features.preparation import Preparation
from tunebench.fitting import (
    Examples,
    Fit,
    FitSettings,
    OrderedBatches,
    feed,
    num_parameters,
    train_model,
)
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.machine_load import LoadMeter, combined
from tunebench.objectives import ClassWeights, ObjectiveName
from tunebench.progress import Progress
from tunebench.records import FinalRecord, HyperparameterValue
from tunebench.runs import predictions, run_folder

# Large enough to keep a processor busy, small enough for MobileNetV2 at 224 pixels.
_PREDICTION_BATCH = 128


@dataclass(frozen=True, kw_only=True)
class FinalSettings:
    """How a final model is trained.

    Attributes:
        hyperparameters: Of the model.
        epochs: Maximum number of epochs.
        patience: Stop after this many epochs without a better score; ``None``: never.
        objective: What is scored on the validation images, to choose the best epoch.
        class_weights: ``balanced``: every class counts the same in the training loss.
        refit_epochs: Train on the training and validation images together for so many epochs, of a schedule
            for ``epochs``; ``None``: validate, and keep the best epoch.
    """

    hyperparameters: dict[str, HyperparameterValue]
    epochs: int
    patience: int | None
    objective: ObjectiveName = "accuracy"
    class_weights: ClassWeights = "none"
    refit_epochs: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Trained:
    """The result of a timed training.

    Attributes:
        model: The tuned part, with its best weights.
        prefix: The frozen ``keras.Model`` in front, or ``None``.
        fit: Its history and scores.
        prefix_seconds: See :mod:`tunebench.fitting.stopwatch`, also for the next two.
        setup_seconds: With building the prefix.
        fit_seconds: The other training steps.
        other_load: Share of the processor cores, or of the GPU, that other programs used meanwhile, if known.
        paused_seconds: Time in which nothing ran.
    """

    model: Any
    prefix: Any | None
    fit: Fit
    prefix_seconds: float
    setup_seconds: float
    fit_seconds: float
    other_load: float | None
    paused_seconds: float

    @property
    def train_seconds(self) -> float:
        """The headline: prefix + setup + fit."""
        return self.prefix_seconds + self.setup_seconds + self.fit_seconds


def train_final(
    preparation: Preparation,
    test: Split,
    settings: FinalSettings,
    seed: int,
    folder: Path,
    progress: Progress,
    data: TrainingData | None = None,
) -> FinalRecord:
    """Train one final model, test it and save it.

    Writes ``model-<seed>.keras``, which takes raw ``uint8`` images of shape ``(n, height, width, 3)`` and
    returns probabilities, and ``predictions-<seed>.npz`` with the ``labels`` (``int64``, ``(n,)``) and the
    ``probabilities`` (``float32``, ``(n, classes)``) of the test images, and its most confident errors.

    Args:
        preparation: The space, its training data and its feature cache.
        test: The test split, used only after training.
        settings: How to train.
        seed: Of this training.
        folder: The run's folder.
        progress: Receives an event per epoch.
        data: The split to train and validate on; ``None``: that of ``preparation``.

    Returns:
        The record, which does not say which split it was.

    Raises:
        TrainingError: The loss was not finite.
        RunFolderError: A file cannot be written.
    """
    trained = train_under_clock(preparation, settings, seed, progress, data)
    model, result = trained.model, trained.fit
    whole = features.bare(model) if trained.prefix is None else features.join(trained.prefix, model)
    model_path = run_folder.model(folder, seed)
    files.replace_atomically(model_path, whole.save)
    probabilities, seconds_per_image = _predict(whole, test)
    predictions.write_predictions(
        run_folder.predictions(folder, seed), test.labels, probabilities, test.images
    )
    # Sums to 1 exactly, even if a user's model returns half-precision probabilities.
    exact = probabilities / probabilities.sum(axis=1, keepdims=True, dtype=np.float64)
    loss = float(log_loss(test.labels, exact, labels=range(exact.shape[1])))
    return FinalRecord(
        seed=seed,
        test_accuracy=float(np.mean(probabilities.argmax(axis=1) == test.labels)),
        test_loss=loss if np.isfinite(loss) else None,
        validation_accuracy=None
        if settings.refit_epochs
        else result.history["val_accuracy"][result.best_epoch - 1] or 0.0,
        train_seconds=trained.train_seconds,
        prefix_seconds=trained.prefix_seconds,
        setup_seconds=trained.setup_seconds,
        fit_seconds=trained.fit_seconds,
        epochs=result.epochs,
        best_epoch=result.best_epoch,
        stopped_early=result.stopped_early,
        parameters=num_parameters(whole),
        model_bytes=model_path.stat().st_size,
        inference_seconds_per_image=seconds_per_image,
        history=result.history,
        other_load=trained.other_load,
        paused_seconds=trained.paused_seconds,
    )


def train_under_clock(
    preparation: Preparation,
    settings: FinalSettings,
    seed: int,
    progress: Progress,
    data: TrainingData | None = None,
) -> Trained:
    """Train one final model: only what the clock measures.

    Args:
        preparation: The space, its training data and its feature cache.
        settings: How to train.
        seed: Of this training.
        progress: Receives an event per epoch.
        data: The split to train and validate on; ``None``: that of ``preparation``.

    Returns:
        The model, and the times of its training.

    Raises:
        TrainingError: The loss was not finite.
    """
    stopwatch = Stopwatch()
    hp = keras_tuner.HyperParameters()
    hp.values = dict(settings.hyperparameters)
    if settings.refit_epochs:
        preparation = replace(preparation, folded=True)
    prepared = preparation.prepare(hp, data)
    with LoadMeter() as load:
        try:
            model, result = train_model(
                preparation.space,
                hp,
                prepared.train,
                prepared.validation,
                FitSettings(
                    epochs=settings.refit_epochs or settings.epochs,
                    patience=settings.patience,
                    seed=seeds.derive(seed, "final"),
                    objective=settings.objective,
                    class_weights=settings.class_weights,
                    refit=settings.refit_epochs is not None,
                ),
                stopwatch,
                num_classes=preparation.data.num_classes,
                mirror_safe=preparation.data.mirror_safe,
                schedule_epochs=settings.epochs,
                on_epoch=progress.epoch,
            )
        except TrialError as error:
            raise TrainingError(
                f"The final training with seed {seed} failed: {error}. Train with a smaller learning rate: "
                "--set learning_rate=… of train, or a space with a smaller range."
            ) from error
    return Trained(
        model=model,
        prefix=prepared.prefix,
        fit=result,
        prefix_seconds=prepared.seconds,
        setup_seconds=prepared.build_seconds + stopwatch["setup"],
        fit_seconds=stopwatch["fit"],
        other_load=combined(
            (prepared.other_load, prepared.seconds), (load.others, stopwatch["setup"] + stopwatch["fit"])
        ),
        paused_seconds=stopwatch["paused"],
    )


def _predict(model: Any, test: Split) -> tuple[NDArray[np.float32], float]:
    """Probabilities of the test images, and seconds per image after a warm-up."""
    # A full batch and one of the last batch's size, because each new size may be compiled again.
    warm_up = min(len(test), _PREDICTION_BATCH + len(test) % _PREDICTION_BATCH)
    examples = (Examples(test.images[:warm_up], test.labels[:warm_up]), Examples(test.images, test.labels))
    first, all_of_them = (feed(OrderedBatches(each, _PREDICTION_BATCH))[0] for each in examples)
    model.predict(first, verbose=0)
    start = time.perf_counter()
    probabilities = model.predict(all_of_them, verbose=0)
    seconds = time.perf_counter() - start
    return np.asarray(probabilities, dtype=np.float32), seconds / len(test)
