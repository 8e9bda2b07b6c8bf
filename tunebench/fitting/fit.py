"""Fit a compiled model with early stopping and keep its best weights."""

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from tunebench.fitting import on_device, state
from tunebench.fitting.augmentation import Augmentation
from tunebench.fitting.batches import Examples, OrderedBatches, TrainingBatches
from tunebench.fitting.callbacks import FiniteLoss, Pruning, StopOnRequest
from tunebench.fitting.class_weights import balanced
from tunebench.fitting.gradients import release_gradients
from tunebench.fitting.scores import Scores
from tunebench.fitting.steps import ready
from tunebench.fitting.stopwatch import Stopwatch, TrainingClock
from tunebench.objectives import OBJECTIVES, ClassWeights, Objective, ObjectiveName
from tunebench.records import History
from tunebench.spaces.form import ModelForm
from tunebench.spaces.hyperparameters.training import DEFAULT_BATCH_SIZE
from tunebench.spaces.own_fit import NOTHING_SET, OwnFit

# Called with an epoch's number, from 1, the number of epochs and the objective's value on validation images.
OnEpoch = Callable[[int, int, float], None]

# Validation computes no gradients, so a larger batch fits in memory and is faster.
_MIN_VALIDATION_BATCH = 256


@dataclass(frozen=True, kw_only=True)
class FitSettings:
    """How to train a model.

    Attributes:
        epochs: Maximum number of epochs, including those before ``first_epoch``.
        patience: Epochs without a better score after which training stops; ``None``: never.
        seed: Of the order of the examples and their augmentation.
        batch_size: Examples per step.
        augmentation: Applied to training images; optional.
        first_epoch: The epoch to resume at, counted from 0.
        save_state: File for the training's state after the last epoch; optional.
        should_stop: Called after every epoch; training stops there if it returns true.
        floor: For pruning: the minimum of the best score after an epoch, counted from 1. ``None``: no
            pruning.
        objective: What is scored on the validation examples.
        class_weights: ``balanced``: every class counts the same in the training loss.
        refit: Train on the training and validation examples together, for all epochs.
        on_batch: Called for every training batch; optional.
        on_device: Whether all examples are kept in the memory of the device that trains; ``None``: if that
            is an accelerator and they fit.
        own: What the user's ``HyperModel.fit`` sets; :func:`~tunebench.fitting.train_model` has put its
            batch size and epochs into the fields above.
    """

    epochs: int
    patience: int | None
    seed: int
    batch_size: int = DEFAULT_BATCH_SIZE
    augmentation: Augmentation | None = None
    first_epoch: int = 0
    save_state: Path | None = None
    should_stop: Callable[[], bool] = lambda: False
    floor: Callable[[int], float] | None = None
    objective: ObjectiveName = "accuracy"
    class_weights: ClassWeights = "none"
    refit: bool = False
    on_batch: Callable[[], None] | None = None
    on_device: bool | None = None
    own: OwnFit = NOTHING_SET


@dataclass(frozen=True)
class Fit:
    """The result of a training; the model has its best weights.

    Attributes:
        history: Metrics per epoch, and ``seconds``: training time spent when the epoch's steps ended.
        best_score: Highest score; −∞ after a refit, which is not validated.
        best_epoch: The epoch, counted from 1, that reached it; the last one after a refit.
        stopped_early: Whether it stopped before the last epoch, for any reason.
        cut: Whether ``should_stop`` stopped it.
        below: The pruning threshold that it missed, or ``None``.
    """

    history: History
    best_score: float
    best_epoch: int
    stopped_early: bool
    cut: bool = False
    below: float | None = None

    @property
    def epochs(self) -> int:
        """Epochs trained."""
        return len(self.history["seconds"])


def fit(
    model: Any,
    train: Examples,
    validation: Examples,
    settings: FitSettings,
    stopwatch: Stopwatch,
    on_epoch: OnEpoch | None = None,
) -> Fit:
    """Train a compiled model.

    Args:
        model: A compiled ``keras.Model``.
        train: Training examples.
        validation: Examples that the best epoch is chosen on.
        settings: How to train.
        stopwatch: Receives ``setup``, ``fit`` and ``evaluate`` seconds.
        on_epoch: Called after each epoch; optional.

    Returns:
        The result.

    Raises:
        TrialError: A loss was not finite.
    """
    form = ModelForm.of(model, train.inputs.shape[1:])
    batches, checked = _batches(train, validation, settings, form)
    class_weight = _class_weight(train, settings)
    # A user's callbacks may act on every batch.
    every_step = bool(settings.own.callbacks)
    resident = not every_step and (
        on_device.fits(model, train, validation) if settings.on_device is None else settings.on_device
    )
    smaller_last = len(train) % settings.batch_size > 0
    clock, objective = TrainingClock(stopwatch, smaller_last=smaller_last), OBJECTIVES[settings.objective]
    request, pruning = StopOnRequest(settings.should_stop), Pruning(objective, settings.floor)
    with contextlib.ExitStack() as stack:
        stack.enter_context(release_gradients())
        with stopwatch.measure("setup"):
            fed = stack.enter_context(
                ready(model, batches, checked, class_weight, resident=resident, every_step=every_step)
            )
        history = model.fit(
            fed.train,
            validation_data=fed.validation,
            initial_epoch=settings.first_epoch,
            epochs=settings.epochs,
            callbacks=[
                *fed.callbacks,
                clock,
                FiniteLoss(),
                *(
                    []
                    if checked is None
                    else [Scores(objective, form, fed.scored, validation.labels, stopwatch)]
                ),
                *_stoppers(model, settings, objective),
                request,
                *([] if settings.floor is None else [pruning]),
                *_reports(on_epoch, settings.epochs, objective),
            ],
            class_weight=fed.class_weight,
            verbose=0,
            shuffle=False,
        ).history
    return _result(history, settings, clock, cut=request.stopped, below=pruning.missed)


def _batches(
    train: Examples, validation: Examples, settings: FitSettings, form: ModelForm
) -> tuple[TrainingBatches, OrderedBatches | None]:
    """Of training, and of validation unless it is a refit."""
    batches = TrainingBatches(
        train,
        settings.batch_size,
        settings.seed,
        settings.augmentation,
        settings.first_epoch,
        settings.on_batch,
        form,
        shuffle=settings.own.shuffle,
    )
    size = max(settings.batch_size, _MIN_VALIDATION_BATCH)
    return batches, None if settings.refit else OrderedBatches(validation, size, form)


def _class_weight(train: Examples, settings: FitSettings) -> Mapping[int, float] | None:
    return balanced(train.labels) if settings.class_weights == "balanced" else settings.own.class_weight


def _result(
    history: Mapping[str, Sequence[float]],
    settings: FitSettings,
    clock: TrainingClock,
    *,
    cut: bool,
    below: float | None,
) -> Fit:
    objective, epochs = OBJECTIVES[settings.objective], len(clock.epoch_seconds)
    scores = [objective.score(value) for value in history.get(objective.metric, [])]
    by_epoch: History = {name: [float(value) for value in values] for name, values in history.items()}
    return Fit(
        history={**by_epoch, "seconds": [*clock.epoch_seconds]},
        best_score=float(max(scores, default=-math.inf)),
        best_epoch=settings.first_epoch + (scores.index(max(scores)) + 1 if scores else epochs),
        stopped_early=settings.first_epoch + epochs < settings.epochs,
        cut=cut,
        below=below,
    )


def _stoppers(model: Any, settings: FitSettings, objective: Objective) -> list[keras.callbacks.Callback]:
    """Early stopping, unless nothing is validated, and the user's callbacks.

    The state after the last epoch is saved before any of them restores earlier weights. Those of the best
    epoch, which the record names, are restored last.
    """
    stopper = keras.callbacks.EarlyStopping(
        objective.metric,
        mode=objective.mode,
        patience=settings.epochs if settings.patience is None else settings.patience,
        restore_best_weights=True,
    )
    stoppers = [*settings.own.callbacks, *([] if settings.refit else [stopper])]
    path = settings.save_state
    if path is None:
        return stoppers
    return [keras.callbacks.LambdaCallback(on_train_end=lambda _: state.save(model, path)), *stoppers]


def _reports(on_epoch: OnEpoch | None, epochs: int, objective: Objective) -> list[keras.callbacks.Callback]:
    if on_epoch is None:
        return []

    def report(epoch: int, logs: dict[str, float]) -> None:
        on_epoch(epoch + 1, epochs, logs.get(objective.metric, math.nan))

    return [keras.callbacks.LambdaCallback(on_epoch_end=report)]
