"""Train a space's default model for a few steps under each precision, in turns."""

import logging
import time
from collections.abc import Sequence
from statistics import fmean, median
from typing import Any

import keras
import keras_tuner

from tunebench.datasets import TrainingData
from tunebench.fitting import Examples, TrainingBatches, make_variables
from tunebench.options import Policy
from tunebench.precision.choice import FLOAT32, LEAST_SPEED_UP, Measured
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters.training import batch_size

# Tracing and the first calls are not what a long training consists of.
_WARM_UP = 3
_TURNS = 3
_STEPS_A_TURN = 5
_LEAST_STEPS = _WARM_UP + _TURNS * _STEPS_A_TURN
# Enough for the deck's models to leave chance behind, also where training is slow.
_MOST_STEPS = 100
_TRAINING_SECONDS = 6.0
_LOOKS = 4
_VALIDATION_IMAGES = 512

_log = logging.getLogger(__name__)


def measure(space: Space, data: TrainingData, policies: Sequence[Policy], seed: int) -> list[Measured]:
    """Time training steps under float32 and other precisions, and train on where one is faster.

    All begin with the same weights and see the same batches of training images.

    Args:
        space: A space without a frozen prefix.
        data: Training images to train on, validation images for the loss.
        policies: The others.
        seed: Of weights and batches.

    Returns:
        float32, then the others; a precision under which the model cannot be built or trained is left out.

    Raises:
        InvalidSpaceError: The space builds no model.
    """
    policy = keras.config.dtype_policy()
    try:
        trainings = [_Training(space, data, FLOAT32, seed)]
        trainings[0].step(_WARM_UP)
        for other in policies:
            try:
                candidate = _Training(space, data, other, seed)
                candidate.step(_WARM_UP)
            except Exception:  # noqa: BLE001 (a space's own layers and back ends raise what they like)
                _log.debug("Not trainable in %s.", other, exc_info=True)
            else:
                trainings.append(candidate)
    finally:
        keras.config.set_dtype_policy(policy)
    for _ in range(_TURNS):
        for training in trainings:
            training.step(_STEPS_A_TURN)
    float32, *others = trainings
    faster = [one for one in others if float32.step_seconds >= LEAST_SPEED_UP * one.step_seconds]
    more = min(max(int(_TRAINING_SECONDS / float32.step_seconds), _LEAST_STEPS), _MOST_STEPS) - _LEAST_STEPS
    if faster:
        for training in (float32, *faster):
            training.train_on(more)
    return [training.measured() for training in trainings]


class _Training:
    """The default model of a space under a precision."""

    def __init__(self, space: Space, data: TrainingData, policy: Policy, seed: int) -> None:
        keras.config.set_dtype_policy(policy)
        keras.utils.set_random_seed(seed)
        hp = keras_tuner.HyperParameters()
        self._policy = policy
        self._model = space.build(hp, data.image_shape, data.num_classes)
        make_variables(self._model, data.train.labels[:1])
        self._batches = TrainingBatches(
            Examples(data.train.images, data.train.labels), batch_size(hp.values), seed
        )
        self._validation = [
            part[:_VALIDATION_IMAGES] for part in (data.validation.images, data.validation.labels)
        ]
        self._seconds: list[float] = []
        self._losses: list[float] = []
        self._loss_before = self._loss()

    def step(self, steps: int) -> None:
        """Train on the next batches."""
        for _ in range(steps):
            images, labels = self._batches[len(self._seconds) % len(self._batches)]
            start = time.perf_counter()
            # Gives the loss as a number, so that a device has finished when it returns.
            self._model.train_on_batch(images, labels)
            self._seconds.append(time.perf_counter() - start)

    @property
    def step_seconds(self) -> float:
        """Median of the steps after the first few."""
        return median(self._seconds[_WARM_UP:])

    def train_on(self, steps: int) -> None:
        """Train on and look at the validation loss now and then, for a single look depends much on chance."""
        for _ in range(_LOOKS):
            self.step(steps // _LOOKS)
            self._losses.append(self._loss())

    def measured(self) -> Measured:
        """What there is to tell."""
        after = fmean(self._losses[_LOOKS // 2 :]) if self._losses else None
        return Measured(self._policy, self.step_seconds, self._loss_before, after)

    def _loss(self) -> float:
        images, labels = self._validation
        result: dict[str, Any] = self._model.evaluate(
            images, labels, batch_size=_VALIDATION_IMAGES, verbose=0, return_dict=True
        )
        return float(result["loss"])
