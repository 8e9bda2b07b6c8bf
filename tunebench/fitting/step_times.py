"""Time training steps of several kinds: in each precision and, if that is open, with and without XLA."""

import itertools
import logging
import math
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import keras
import keras_tuner
import msgspec

from tunebench import environment, measured
from tunebench.datasets import TrainingData
from tunebench.fitting.batches import Examples, TrainingBatches
from tunebench.fitting.variables import make_variables
from tunebench.options import Policy
from tunebench.spaces import Space
from tunebench.spaces.form import ModelForm
from tunebench.spaces.hyperparameters.training import batch_size

# Each kind in turn; the first turn, which traces and compiles, is not counted.
_TURNS = 4
_STEPS_PER_TURN = 5
# Part of the cache key; increase it when earlier measurements must no longer be used.
_VERSION = 3

_log = logging.getLogger(__name__)


class Kind(NamedTuple):
    """A kind of training step: the precision, as Keras' dtype policy, and whether XLA may compile it."""

    precision: Policy
    xla: bool = True


class Timed(msgspec.Struct, kw_only=True, frozen=True):
    """What a kind of step takes, in seconds: the first one, which traces and compiles, and a later one."""

    precision: Policy
    xla: bool
    first: float
    step: float

    def training(self, steps: int) -> float:
        """Seconds of a training of so many steps."""
        return self.first + (steps - 1) * self.step


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
    """The times of each kind of step in which the default model can be trained; the default is first."""
    policies: list[Policy] = ["float32", "mixed_bfloat16"]
    if not environment.on_processor():
        policies.append("mixed_float16")
    kinds = [Kind(policy, compiled) for compiled in _compiled() for policy in policies]
    trainings = {kind: timed_steps(space, data, kind, seed) for kind in kinds}
    seconds: dict[Kind, list[float]] = {kind: [] for kind in kinds}
    current = keras.config.dtype_policy()
    try:
        for _ in range(_TURNS):
            for kind, training in list(trainings.items()):
                try:
                    seconds[kind] += itertools.islice(training, _STEPS_PER_TURN)
                except Exception:  # a user's layers may raise anything
                    if kind == DEFAULT:
                        raise
                    _log.debug("Not trainable in %s.", kind, exc_info=True)
                    del trainings[kind]
    finally:
        keras.config.set_dtype_policy(current)
    return [
        Timed(
            precision=kind.precision,
            xla=kind.xla,
            first=seconds[kind][0],
            step=median(seconds[kind][_STEPS_PER_TURN:]),
        )
        for kind in trainings
    ]


def _compiled() -> tuple[bool, ...]:
    """Whether XLA may compile: both, if Keras uses it: TensorFlow on a GPU, unless it is deterministic."""
    used = keras.backend.backend() == "tensorflow" and not environment.on_processor()
    return (True, False) if used and not environment.is_deterministic() else (True,)


def timed_steps(space: Space, data: TrainingData, kind: Kind, seed: int) -> Iterator[float]:
    """Train the space's default model without end; yields the seconds of each step."""
    keras.config.set_dtype_policy(kind.precision)
    keras.utils.set_random_seed(seed)
    hp = keras_tuner.HyperParameters()
    model = space.build(hp, data.image_shape, data.num_classes)
    if not kind.xla:
        model.jit_compile = False
    form = ModelForm.of(model, data.image_shape)
    make_variables(model, form.labels(data.train.labels[:1]))
    examples = Examples(data.train.images, data.train.labels)
    batches = TrainingBatches(examples, batch_size(hp.values), seed, form=form)
    for number in itertools.cycle(range(len(batches))):
        images, labels = batches[number]
        start = time.perf_counter()
        # Returns the loss as a number, so the device has finished.
        loss = model.train_on_batch(images, labels, return_dict=True)["loss"]
        seconds = time.perf_counter() - start
        if not math.isfinite(loss):
            raise FloatingPointError(f"The loss was {loss}.")
        yield seconds
