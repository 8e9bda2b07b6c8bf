"""Build and train one model of a space: what trials and final trainings share."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from tunebench import backbones
from tunebench.fitting import augmentation
from tunebench.fitting.batches import Examples
from tunebench.fitting.fit import Fit, FitSettings, OnEpoch, fit
from tunebench.fitting.reset import reset_keras
from tunebench.fitting.schedule import set_schedule
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters.training import batch_size
from tunebench.spaces.preflight import check_probabilities


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

    Returns:
        The model with its best weights, and the result of the training.

    Raises:
        InvalidSpaceError: The space builds no valid model, or one that gives no probabilities.
        TrialError: A loss was not finite.
    """
    reset_keras(settings.seed)
    with stopwatch.measure("setup"):
        model = space.build(hp, train.inputs.shape[1:], num_classes)
        set_schedule(model, hp.values, num_examples=len(train), epochs=schedule_epochs)
        first_epoch = settings.first_epoch if resume is None else resume(model)
    settings = replace(
        settings,
        batch_size=batch_size(hp.values),
        augmentation=augmentation.from_values(hp.values, mirror_safe=mirror_safe),
        first_epoch=first_epoch,
    )
    result = fit(model, train, validation, settings, stopwatch, on_epoch)
    # The preflight has seen the space's defaults only.
    outputs = model(validation.inputs[:2], training=False)
    check_probabilities(space, np.asarray(keras.ops.convert_to_numpy(outputs)))
    return model, result


def num_parameters(model: Any | None) -> int:
    """Number of weights of a model, including those of a loaded SavedModel; 0 for ``None``."""
    return 0 if model is None else int(backbones.count_parameters(model))
