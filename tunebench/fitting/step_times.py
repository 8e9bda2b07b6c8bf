"""Time training steps of several kinds: in each precision and, if that is open, with and without XLA."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import keras
import keras_tuner
import msgspec
import numpy as np

from tunebench import environment, measured
from tunebench.datasets import Split, TrainingData
from tunebench.dtype_policy import dtype_policy
from tunebench.fitting import on_device, steps
from tunebench.fitting.batches import Examples, TrainingBatches
from tunebench.fitting.callbacks import FiniteLoss
from tunebench.fitting.stopwatch import Stopwatch, TrainingClock
from tunebench.fitting.warm_up import warm_up
from tunebench.options import Policy
from tunebench.spaces import Space
from tunebench.spaces.form import ModelForm
from tunebench.spaces.hyperparameters.training import batch_size

# Each kind in turn; the first turn traces and compiles.
_TURNS = 3
# Of a turn on a processor and on an accelerator, where a call runs a quarter of them.
_STEPS, _QUICK_STEPS = 10, 20
# Part of the cache key; increase it when earlier measurements must no longer be used.
_VERSION = 4

_log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """A kind of training step: the precision, as Keras' dtype policy, and whether XLA may compile it."""

    precision: Policy
    xla: bool = True


class Turn(NamedTuple):
    """How fast a model trained for a few steps, in seconds: until they began, and each step."""

    setup: float
    step: float


class Timed(msgspec.Struct, kw_only=True, frozen=True):
    """How fast models train with a kind of step, in seconds: until the steps begin, and each step."""

    precision: Policy
    xla: bool
    setup: float
    step: float

    def training(self, steps: int) -> float:
        """Seconds of a training of so many steps."""
        return self.setup + steps * self.step


# What is used if nothing is measured to be faster.
DEFAULT = Kind("float32")


def cache_path(space: Space, data: TrainingData) -> Path:
    """The file of measurements in the user's cache: one per machine, versions, space and data's shape."""
    return measured.path_of(
        "precision",
        # What is chosen has no influence on the times.
        precision=None,
        xla=None,
        version=_VERSION,
        space=space.sha256,
        image_shape=data.image_shape,
        num_classes=data.num_classes,
    )


def measure(space: Space, data: TrainingData, seed: int) -> list[Timed]:
    """How fast the default model trains with each kind of step that it can be trained with.

    Args:
        space: Builds the model; it has no frozen prefix.
        data: Its images.
        seed: Of the trainings.

    Returns:
        A measurement of each kind; that of ``DEFAULT`` is first.

    Raises:
        Exception: The model cannot be built, or not trained with the default kind of step.
    """
    policies: list[Policy] = ["float32", "mixed_bfloat16"]
    if not environment.on_processor():
        policies.append("mixed_float16")
    kinds = [Kind(policy, compiled) for compiled in _compiled() for policy in policies]
    warm_up()
    trainings = {kind: turns(space, data, kind, seed) for kind in kinds}
    taken: dict[Kind, list[Turn]] = {kind: [] for kind in kinds}
    for _ in range(_TURNS):
        for kind, training in list(trainings.items()):
            try:
                taken[kind].append(next(training))
            except Exception:  # a user's layers may raise anything
                if kind == DEFAULT:
                    raise
                _log.debug("Not trainable in %s.", kind, exc_info=True)
                del trainings[kind]
    return [
        Timed(
            precision=kind.precision,
            xla=kind.xla,
            setup=taken[kind][0].setup,
            step=median(turn.step for turn in taken[kind]),
        )
        for kind in trainings
    ]


def _compiled() -> tuple[bool, ...]:
    """Whether XLA may compile: both, if Keras uses it: TensorFlow on a GPU, unless it is deterministic."""
    used = keras.backend.backend() == "tensorflow" and not environment.on_processor()
    return (True, False) if used and not environment.is_deterministic() else (True,)


def turns(space: Space, data: TrainingData, kind: Kind, seed: int) -> Iterator[Turn]:
    """Train the space's default model without end, with its batches where a trial would have them.

    A ``fit`` of the user's has no part in it.

    Args:
        space: Builds the model; it has no frozen prefix.
        data: Its images.
        kind: Of the steps.
        seed: Of the weights and the order of the images.

    Yields:
        How fast each further few steps were; only the first one's ``setup`` has building and compiling.

    Raises:
        InvalidSpaceError: The space builds no valid model.
        TrialError: A loss was not finite.
    """
    stopwatch = Stopwatch()
    with contextlib.ExitStack() as stack:
        with dtype_policy(kind.precision), stopwatch.measure("setup"):
            keras.utils.set_random_seed(seed)
            hp = keras_tuner.HyperParameters()
            model = space.build(hp, data.image_shape, data.num_classes)
            if not kind.xla:
                model.jit_compile = False
            resident = on_device.fits(model, _examples(data.train), _examples(data.validation))
            batches = _few_batches(model, data.train, batch_size(hp.values), seed)
            # More in a call would leave no other.
            model.steps_per_execution = batches.steps_together(model.steps_per_execution)
            fed = stack.enter_context(steps.ready(model, batches, None, None, resident=resident))
        per_call = steps.per_call(model, batches, resident=resident)
        while True:
            with dtype_policy(kind.precision):
                model.fit(
                    fed.train,
                    callbacks=[*fed.callbacks, TrainingClock(stopwatch), FiniteLoss()],
                    verbose=0,
                    shuffle=False,
                )
            step = stopwatch["fit"] / (len(batches) - per_call)
            # The first call counts as setup, its steps too.
            yield Turn(max(0.0, stopwatch["setup"] - per_call * step), step)
            stopwatch = Stopwatch()


def _examples(split: Split) -> Examples:
    return Examples(split.images, split.labels)


def _few_batches(model: Any, split: Split, size: int, seed: int) -> TrainingBatches:
    """Batches for one turn, of the same images over and over if there are few."""
    number = _STEPS if environment.on_processor() else _QUICK_STEPS
    places = np.resize(np.arange(len(split)), number * size)
    form = ModelForm.of(model, split.images.shape[1:])
    return TrainingBatches(_examples(split.take(places)), size, seed, form=form)
