"""Build, train, save and load one model of a space, as a search would, on a few images."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import keras_tuner
import numpy as np

from tunebench.checking.points import DEFAULTS, Point
from tunebench.errors import TunebenchError, first_line
from tunebench.features.preflight import preflight
from tunebench.features.preparation import Preparation
from tunebench.fitting import Examples, FitSettings, num_parameters, train_model
from tunebench.fitting.stopwatch import Stopwatch
from tunebench.spaces import memory
from tunebench.spaces.hyperparameters.training import batch_size

# Of a real data set: enough for a training step, and few enough to pass through a large frozen network.
_TRAINING_IMAGES, _VALIDATION_IMAGES = 32, 8
# The first call traces and compiles, so it is not counted; on vectors, a call is a quarter of the steps.
_CALLS, _STEPS_ON_VECTORS = 3, 48


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What was found at a point of a space.

    Attributes:
        point: The point.
        problem: Why a search would fail there; ``None``: it would not, and all that follows is known.
        layers: Of the model and its frozen prefix, without inputs.
        parameters: Weights of both.
        memory_bytes: Estimate of what training it takes in float32; ``None`` if it is unknown.
        batch_size: Images per training step.
        seconds_per_step: Of a training step after the first; ``None`` if it could not be measured.
    """

    point: Point
    problem: str | None = None
    layers: int = 0
    parameters: int = 0
    memory_bytes: int | None = None
    batch_size: int = 0
    seconds_per_step: float | None = None


def with_few_images(preparation: Preparation) -> Preparation:
    """The same space and the first images of the data, without a cache."""
    data = preparation.data
    train, validation = (
        split.take(np.arange(min(len(split), most)))
        for split, most in ((data.train, _TRAINING_IMAGES), (data.validation, _VALIDATION_IMAGES))
    )
    return Preparation(preparation.space, replace(data, train=train, validation=validation), None, 0)


def measure(preparation: Preparation, point: Point) -> Measured:
    """Try one point of a space.

    Args:
        preparation: The space and a few images; see :func:`with_few_images`.
        point: The point.

    Returns:
        The model's figures, or why it cannot be used.
    """
    try:
        return _measure(preparation, point)
    except TunebenchError as error:
        return Measured(point=point, problem=str(error))
    # What a space's code or the back end raises while it trains, such as running out of memory.
    except Exception as error:  # noqa: BLE001
        return Measured(point=point, problem=f"{type(error).__name__}: {first_line(error)}")


def _measure(preparation: Preparation, point: Point) -> Measured:
    data, hp = preparation.data, keras_tuner.HyperParameters()
    hp.values = dict(point.values)
    # Keras' own layers can be saved whatever their values, so that one point is enough for them.
    save_always = point.name == DEFAULTS
    preflight(preparation.space, hp, data.image_shape, data.num_classes, save_always=save_always)
    prefix, model = preparation.space.build_whole(hp, data.image_shape, data.num_classes)
    prefix_bytes = 4 * num_parameters(prefix)
    images = batch_size(hp.values)
    needed = memory.of_model(model, images)
    return Measured(
        point=point,
        layers=sum(1 for part in (prefix, model) if part is not None for _ in _layers(part)),
        parameters=num_parameters(prefix) + num_parameters(model),
        memory_bytes=None if needed is None else needed + prefix_bytes,
        batch_size=images,
        seconds_per_step=_seconds_per_step(preparation, hp, model.steps_per_execution),
    )


def _layers(model: Any) -> Iterator[Any]:
    """A model's layers, those of the models inside it included, without inputs."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers(layer)
        elif type(layer).__name__ != "InputLayer":
            yield layer


def _seconds_per_step(preparation: Preparation, hp: Any, steps_at_once: int) -> float | None:
    """Train for a few steps on the images, over and over."""
    prepared = preparation.prepare(hp)
    vectors = prepared.train.inputs.ndim == 2  # noqa: PLR2004 (examples and their features)
    steps = max(_CALLS * steps_at_once, _STEPS_ON_VECTORS if vectors else 0)
    stopwatch = Stopwatch()
    model, _ = train_model(
        preparation.space,
        hp,
        _repeated(prepared.train, steps * batch_size(hp.values)),
        prepared.validation,
        FitSettings(epochs=1, patience=None, seed=0),
        stopwatch,
        num_classes=preparation.data.num_classes,
        mirror_safe=preparation.data.mirror_safe,
        schedule_epochs=1,
    )
    timed = steps - model.steps_per_execution
    return stopwatch["fit"] / timed if timed > 0 else None


def _repeated(examples: Examples, number: int) -> Examples:
    """So many examples, the same ones over and over if there are fewer."""
    places = np.resize(np.arange(len(examples)), number)
    views = tuple(view[places] for view in examples.views)
    return Examples(examples.inputs[places], examples.labels[places], views)
