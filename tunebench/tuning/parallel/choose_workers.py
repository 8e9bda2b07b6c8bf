"""``--workers auto``: measure how many workers pay on this machine, and remember it."""

import importlib.util
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from tunebench import environment, measured
from tunebench.errors import OutOfTimeError, TunebenchError
from tunebench.features.preparation import Preparation
from tunebench.options import SearchOptions
from tunebench.progress import Progress, duration
from tunebench.tuning.budget import Budget
from tunebench.tuning.parallel.side_by_side import SideBySide
from tunebench.tuning.task import plain

# Twice as many workers have to train so many times as fast. Less cannot be distinguished from noise, and each
# worker takes memory and delays what the oracle learns.
_MIN_GAIN = 1.1
_MOST_PER_GPU = 8
# Of the time left of a budget, what the measurement may take. Each number takes up to a minute, so that below
# these seconds there would be nothing to compare.
_SHARE_OF_BUDGET, _SHORTEST_SECONDS = 0.1, 60
# Part of the cache key; increase it when earlier choices must no longer be used.
_VERSION = 1


class Choice(msgspec.Struct, kw_only=True, frozen=True):
    """A number of workers, and the reason for it in a few words."""

    workers: int
    reason: str


def choose(
    preparation: Preparation,
    options: SearchOptions,
    hyperparameters: Any,
    started_with: int | None,
    progress: Progress,
    budget: Budget | None = None,
) -> SearchOptions:
    """Choose the number of workers if the options leave it to this machine.

    Args:
        preparation: The space and its images.
        options: Of the search.
        hyperparameters: ``keras_tuner.HyperParameters`` with the default values.
        started_with: The number of the search that is resumed, which is kept; ``None``: it may be any.
        progress: Receives the choice and its reason.
        budget: Of the command, of which a measurement takes a tenth of the time left at most; optional.

    Returns:
        The options with a number of workers: 1 if there can be no workers, or they cannot be measured. The
        same options if they name a number or a cluster.
    """
    if options.workers != "auto" or options.cluster is not None:
        return options
    if started_with is not None:
        choice = Choice(workers=started_with, reason="as when the search was started")
    elif obstacle := _obstacle(preparation):
        choice = Choice(workers=1, reason=obstacle)
    else:
        choice = _measured(preparation, options, hyperparameters, progress, budget)
    progress.note(f"Workers: {choice.workers}, {choice.reason}.")
    return replace(options, workers=choice.workers)


def decide(rates: Mapping[int, float], failure: str = "") -> Choice:
    """Choose by how fast all workers train together.

    Args:
        rates: Epochs per second, by the number of workers: the smallest, twice as many, and so on.
        failure: Why the next number could not be measured; empty if it was, or more are not tried.
    """
    best = first = min(rates)
    while rates.get(2 * best, 0.0) >= _MIN_GAIN * rates[best]:
        best *= 2
    if 2 * first not in rates:
        reason = f"because {failure}"
    elif best == first:
        gain = rates[2 * first] / rates[first]
        reason = f"because {2 * first} train {gain:.2f}× as many steps per second"
    else:
        than = "one" if first == 1 else first
        reason = f"{rates[best] / rates[first]:.1f}× as many steps per second as {than}"
        reason += f"; {failure}" if failure else ""
    return Choice(workers=best, reason=reason)


def _obstacle(preparation: Preparation) -> str | None:
    """Why there can be no workers."""
    if importlib.util.find_spec("ray") is None:
        return "because Ray is not installed (pip install 'tunebench[parallel]')"
    if preparation.space.source is None:
        return "because workers cannot import a space that is a Python object"
    return "because there is one processor core" if _most() == 1 else None


def _most() -> int:
    """The most workers that are tried."""
    return _MOST_PER_GPU * environment.num_gpus() or environment.num_cpus()


def _measured(
    preparation: Preparation, options: SearchOptions, hp: Any, progress: Progress, budget: Budget | None
) -> Choice:
    """The choice for a space and its images, from the cache or by a measurement."""
    space, data = preparation.space, preparation.data
    path = measured.path_of(
        "workers",
        version=_VERSION,
        space=space.sha256,
        image_shape=data.image_shape,
        num_classes=data.num_classes,
        hyperparameters=plain(hp.values),
        gpus=environment.num_gpus(),
    )
    if (choice := measured.read(path, Choice)) is not None:
        return Choice(workers=choice.workers, reason=f"{choice.reason}; measured on this machine earlier")
    # A GPU without a worker would be idle.
    fewest, until = max(1, environment.num_gpus()), None
    if budget is not None:
        seconds = _SHARE_OF_BUDGET * budget.left()
        if seconds < _SHORTEST_SECONDS:
            least = duration(_SHORTEST_SECONDS / _SHARE_OF_BUDGET)
            reason = f"because measuring takes too long if less than {least} of the --budget are left"
            return Choice(workers=fewest, reason=reason)
        until = time.monotonic() + seconds
    side_by_side = SideBySide(preparation, options, hp)
    rates: dict[int, float] = {}
    workers, failure = fewest, ""
    while workers <= _most() and not failure:
        progress.note(f"Workers: timing {workers} ...")
        try:
            rates[workers] = side_by_side.rate(workers, until)
        except OutOfTimeError:
            failure = f"a tenth of the time left was too short to time {workers}"
        except TunebenchError as error:
            failure, fewest = f"{workers} failed: {str(error).rstrip('.')}", 1
        else:
            if decide(rates).workers < workers:
                break
        workers *= 2
    if not rates:
        return Choice(workers=fewest, reason=f"because {failure}")
    choice = decide(rates, failure)
    # What failed may work the next time.
    kept = "not remembered" if failure else measured.save(path, choice)
    return Choice(workers=choice.workers, reason=f"{choice.reason}; {kept}")
