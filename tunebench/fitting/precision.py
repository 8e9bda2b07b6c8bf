"""``--precision auto``: time training steps in float32 and in half precision, and choose the fastest.

Accuracy is not compared, because a short training cannot show a difference (``docs/decisions/0011``).
"""

import itertools
import logging
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

import keras
import keras_tuner
import msgspec

from tunebench import environment, measured
from tunebench.datasets import TrainingData
from tunebench.errors import TunebenchError
from tunebench.fitting.batches import Examples, TrainingBatches
from tunebench.fitting.variables import make_variables
from tunebench.options import Policy
from tunebench.progress import Progress
from tunebench.spaces import Space
from tunebench.spaces.form import ModelForm
from tunebench.spaces.hyperparameters.training import batch_size

_FLOAT32: Policy = "float32"
# A smaller gain cannot be distinguished from noise.
_MIN_SPEED_UP = 1.1
# Each precision in turn; the first turn, which traces and compiles, is not counted.
_TURNS = 4
_STEPS_PER_TURN = 5
# Part of the cache key; increase it when earlier choices must no longer be used.
_VERSION = 2

_log = logging.getLogger(__name__)


class Choice(msgspec.Struct, kw_only=True, frozen=True):
    """A precision, as Keras' dtype policy, and the reason for it in a few words."""

    precision: Policy
    reason: str


def choose(space: Space, data: TrainingData, seed: int, progress: Progress) -> Policy:
    """Choose the precision to train a space's models in, or read the choice from the user's cache.

    Args:
        space: Its default model is timed.
        data: Training images; validation images are not used.
        seed: Of the timed trainings.
        progress: Receives the choice and its reason.

    Returns:
        Keras' dtype policy: the fastest, if it is at least 1.1 times as fast as float32 and the loss stays
        finite, otherwise float32. Always float32 with a frozen prefix, whose features are computed in it.

    Raises:
        InvalidSpaceError: The space builds no valid model.
    """
    if space.has_prefix:
        progress.note("Precision: float32, as always with a frozen prefix.")
        return _FLOAT32
    path = cache_path(space, data)
    choice, origin = measured.read(path, Choice), "measured on this machine earlier"
    if choice is None:
        progress.note("Precision: timing a few training steps ...")
        try:
            choice = decide(_time_steps(space, data, seed))
        except TunebenchError:
            raise
        except Exception:  # noqa: BLE001 (trials will fail in the same way and record the reason)
            progress.note("Precision: float32, although the default model could not be trained.")
            return _FLOAT32
        origin = measured.save(path, choice)
    progress.note(f"Precision: {choice.precision}, {choice.reason}; {origin}.")
    return choice.precision


def decide(step_seconds: Mapping[Policy, float]) -> Choice:
    """Choose by seconds per training step, of float32 and of every other precision that can be trained."""
    float32 = step_seconds[_FLOAT32]
    speed_ups = {policy: float32 / seconds for policy, seconds in step_seconds.items() if policy != _FLOAT32}
    best = max(speed_ups, key=speed_ups.__getitem__, default=_FLOAT32)
    if speed_ups.get(best, 1.0) >= _MIN_SPEED_UP:
        return Choice(precision=best, reason=f"{speed_ups[best]:.1f} × as fast as float32 per step")
    reasons = [f"{policy} is {speed_up:.2f} × as fast per step" for policy, speed_up in speed_ups.items()]
    reason = ", ".join(reasons) or "the model cannot be trained in half precision"
    return Choice(precision=_FLOAT32, reason=reason)


def cache_path(space: Space, data: TrainingData) -> Path:
    """The file of a choice in the user's cache, one per machine, versions, space and shape of the data."""
    return measured.path_of(
        "precision",
        # The current policy has no influence on the choice.
        precision=None,
        version=_VERSION,
        space=space.sha256,
        image_shape=data.image_shape,
        num_classes=data.num_classes,
    )


def _time_steps(space: Space, data: TrainingData, seed: int) -> dict[Policy, float]:
    """Median seconds per training step in each precision that the default model can be trained in."""
    policies: list[Policy] = [_FLOAT32, "mixed_bfloat16"]
    if not environment.on_processor():
        policies.append("mixed_float16")
    trainings = {policy: timed_steps(space, data, policy, seed) for policy in policies}
    seconds: dict[Policy, list[float]] = {policy: [] for policy in policies}
    current = keras.config.dtype_policy()
    try:
        for _ in range(_TURNS):
            for policy, training in list(trainings.items()):
                try:
                    seconds[policy] += itertools.islice(training, _STEPS_PER_TURN)
                except Exception:  # a user's layers may raise anything
                    if policy == _FLOAT32:
                        raise
                    _log.debug("Not trainable in %s.", policy, exc_info=True)
                    del trainings[policy]
    finally:
        keras.config.set_dtype_policy(current)
    return {policy: median(seconds[policy][_STEPS_PER_TURN:]) for policy in trainings}


def timed_steps(space: Space, data: TrainingData, policy: Policy, seed: int) -> Iterator[float]:
    """Train the space's default model without end; yields the seconds of each step."""
    keras.config.set_dtype_policy(policy)
    keras.utils.set_random_seed(seed)
    hp = keras_tuner.HyperParameters()
    model = space.build(hp, data.image_shape, data.num_classes)
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
