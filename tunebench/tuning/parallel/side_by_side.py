"""How fast several workers train at once: the measurement of ``--workers auto``.

Ray and the workers start as in a search, and each worker gets the same trial without end, the space's default
model. So whatever a trial does counts: feeding, training, validating. Epochs are counted and not steps,
because only at an epoch's end has the device finished all that it was sent.
"""

import contextlib
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tunebench import environment, seeds
from tunebench.errors import SearchError, TunebenchError
from tunebench.features.preparation import Preparation
from tunebench.options import SearchOptions
from tunebench.spaces.hyperparameters.training import batch_size
from tunebench.spaces.shapes import shape_of
from tunebench.tuning.parallel import payload
from tunebench.tuning.parallel.process import Bridge
from tunebench.tuning.task import TrialTask

if TYPE_CHECKING:
    from tunebench.datasets import Split

# Each worker is watched for so long, or for one epoch if that is longer.
_SECONDS = 5.0
# The most training batches on a processor, so that an epoch of a slow model takes seconds. On a GPU, as many
# images as fit into so many bytes, so that the time between two short epochs does not decide.
_BATCHES = 16
_BYTES = 2**26
# More than a measurement can take.
_EPOCHS = 10**6
# Compiling takes less.
_HANG_SECONDS = 300.0


class SideBySide:
    """Trains a space's default model in several workers at once.

    Args:
        preparation: The space and its images; no feature of a frozen prefix is computed.
        options: Of the search.
        hyperparameters: ``keras_tuner.HyperParameters`` with the values to train with.
    """

    def __init__(self, preparation: Preparation, options: SearchOptions, hyperparameters: Any) -> None:
        once = replace(options, epochs=_EPOCHS, patience=None, executions=1, cv=None)
        self._setup = payload.Setup.of(preparation, once)
        self._examples = _examples(preparation, hyperparameters.copy())
        seed = seeds.derive(options.seed, "workers")
        task = TrialTask(
            trial_id="", hyperparameters=hyperparameters, seed=seed, epochs=_EPOCHS, endless=True
        )
        self._task = payload.dump_task(task, 1)

    def rate(self, workers: int, until: float | None = None) -> float:
        """Epochs per second of so many workers together.

        Args:
            workers: Their number.
            until: When to give up, by ``time.monotonic()``; ``None``: never.

        Raises:
            OutOfTimeError: The time was up before that.
            TunebenchError: Ray or a worker failed, such as for lack of memory.
        """
        ends: dict[str, list[float]] = {str(number): [] for number in range(workers)}
        with contextlib.closing(Bridge()) as bridge:
            bridge.send((workers, None, self._setup, _HANG_SECONDS))
            bridge.send(("share", self._examples))
            for number in ends:
                bridge.send(("submit", number, self._task))
            while (rate := together([*ends.values()], _SECONDS)) is None:
                match bridge.receive(until):
                    case ("epoch", number, *_):
                        ends[number].append(time.monotonic())
                    case ("done", _, _, result):
                        outcome, _ = payload.load_result(result, None)
                        raise SearchError(outcome.message or "a training ended by itself")
                    case ("lost", _, _, reason) | ("note", reason):
                        raise SearchError(reason)
                    case TunebenchError() as error:
                        raise error
        return rate


def together(ends: Sequence[Sequence[float]], seconds: float) -> float | None:
    """Epochs per second of workers that train at the same time.

    Args:
        ends: When each worker's epochs ended, in seconds. The time before the last worker's first epoch has
            ended, in which some still compile, does not count.
        seconds: How long each has to be watched after that.

    Returns:
        The sum over the workers; ``None``: they were not watched for long enough.
    """
    if not all(ends):
        return None
    since, rate = max(each[0] for each in ends), 0.0
    for each in ends:
        watched = [end for end in each if end >= since]
        if not watched or watched[-1] - watched[0] < seconds:
            return None
        rate += (len(watched) - 1) / (watched[-1] - watched[0])
    return rate


def _examples(preparation: Preparation, hp: Any) -> Any:
    """Some training and validation examples, as workers take them; random numbers for a prefix's features."""
    data = preparation.data
    prefix = preparation.space.frozen_prefix(hp, data.image_shape)
    shape = data.image_shape if prefix is None else shape_of(prefix, "output")[1:]
    if environment.on_processor():
        most = _BATCHES * batch_size(hp.values)
    else:
        most = max(1, _BYTES // (math.prod(shape) * (1 if prefix is None else 4)))
    step = math.ceil(len(data.train) / most)

    def some(split: "Split") -> tuple[NDArray[Any], NDArray[np.int64]]:
        labels = split.labels[::step]
        if prefix is None:
            return split.images[::step], labels
        return np.random.default_rng(0).random((len(labels), *shape), np.float32), labels

    return some(data.train), some(data.validation), 0.0
