"""Build and train one model of a space: what trials and final trainings share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tunebench import backbones, xla
from tunebench.fitting import augmentation
from tunebench.fitting.batches import Examples
from tunebench.fitting.callbacks import GoOn
from tunebench.fitting.fit import Fit, FitSettings, OnEpoch, fit
from tunebench.fitting.reset import reset_keras
from tunebench.fitting.schedule import set_schedule
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.spaces import Space
from tunebench.spaces.form import ModelForm
from tunebench.spaces.hyperparameters.training import BATCH_SIZE, batch_size
from tunebench.spaces.outputs import probability_model


def train_model(
    space: Space,
    hp: Any,
    train: Examples,
    validation: Examples,
    settings: FitSettings,
    stopwatch: Stopwatch,
    *,
    num_classes: int,
    mirror_safe: bool,
    schedule_epochs: int,
    resume: Callable[[Any], int] | None = None,
    on_epoch: OnEpoch | None = None,
    endless: bool = False,
) -> tuple[Any, Fit]:
    """Build a model, set its learning-rate schedule and train it.

    Args:
        space: Builds the model.
        hp: ``keras_tuner.HyperParameters`` with the model's values.
        train: Training examples: images, or features of the frozen prefix.
        validation: Validation examples.
        settings: How to train; batch size and augmentation are taken from ``hp``.
        stopwatch: Receives ``setup``, ``fit`` and ``evaluate`` seconds.
        num_classes: Number of classes.
        mirror_safe: Whether augmentation may mirror images.
        schedule_epochs: Epochs that the schedule covers.
        resume: Loads a saved state into the new model and returns the epoch to resume at, counted from 0.
        on_epoch: Called after each epoch; optional.
        endless: Whether a ``fit`` of the user's cannot end the training, neither by its epochs nor by its
            callbacks.

    Returns:
        The model with its best weights, which gives probabilities, and the result of the training.

    Raises:
        InvalidSpaceError: The space builds no valid model, or its outputs are not what the loss takes.
        TrialError: A loss was not finite.
    """
    reset_keras(settings.seed)
    if settings.refit:
        train = train.joined(validation)
    with stopwatch.measure("setup"):
        model = space.build(hp, train.inputs.shape[1:], num_classes)
        if xla.is_off():
            model.jit_compile = False
        pairs = (train.inputs, train.labels), (validation.inputs, validation.labels)
        own = space.own_fit(hp, model, *pairs, num_classes)
        if endless:
            own = replace(own, epochs=None, callbacks=own.callbacks and (*own.callbacks, GoOn()))
        size = own.batch_size or batch_size(hp.values)
        values = {**hp.values, BATCH_SIZE: size}
        set_schedule(model, values, num_examples=len(train), epochs=schedule_epochs)
        first_epoch = settings.first_epoch if resume is None else resume(model)
    settings = replace(
        settings,
        own=own,
        # A promoted trial trains at least one epoch, also if its own limit is lower.
        epochs=settings.epochs
        if own.epochs is None
        else max(first_epoch + 1, min(own.epochs, settings.epochs)),
        batch_size=size,
        augmentation=augmentation.from_values(hp.values, mirror_safe=mirror_safe),
        first_epoch=first_epoch,
    )
    result = fit(model, train, validation, settings, stopwatch, on_epoch)
    form = ModelForm.of(model, train.inputs.shape[1:])
    return probability_model(space.name, model, form, validation.inputs[:2]), result


def num_parameters(model: Any | None) -> int:
    """Number of weights of a model, including those of a loaded SavedModel; 0 for ``None``."""
    return 0 if model is None else int(backbones.count_parameters(model))
