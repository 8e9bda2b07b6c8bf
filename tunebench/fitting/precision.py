"""``--precision auto``: choose the kind of training step that trains fastest.

Accuracy is not compared, because a short training cannot show a difference (``docs/decisions/0011``).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from tunebench import measured
from tunebench.datasets import TrainingData
from tunebench.errors import BackboneError, SpaceError
from tunebench.fitting import step_times
from tunebench.fitting.step_times import DEFAULT, Timed
from tunebench.machine_load import LoadMeter
from tunebench.options import Policy
from tunebench.progress import Progress
from tunebench.spaces import Space
from tunebench.spaces.hyperparameters.training import DEFAULT_BATCH_SIZE

# From this share of the machine in use by other programs, times say little (docs/decisions/0009).
_BUSY = 0.2
# A smaller gain cannot be distinguished from noise.
_MIN_SPEED_UP = 1.1


class Choice(NamedTuple):
    """A kind of step, and the reason for it in a few words."""

    precision: Policy
    xla: bool
    reason: str


def choose(space: Space, data: TrainingData, seed: int, epochs: int, progress: Progress) -> Choice:
    """Choose how to train a space's models, by measurements from the user's cache or new ones.

    Args:
        space: Its default model is timed.
        data: Training images; validation images are not used.
        seed: Of the timed trainings.
        epochs: Of a training; a short one gains less from what takes long to compile.
        progress: Receives the choice and its reason.

    Returns:
        The fastest kind of step whose loss stays finite, if a training is at least 1.1 times as fast with it;
        otherwise float32, compiled as Keras decides. Always that with a frozen prefix, whose features are
        computed in it.

    Raises:
        InvalidSpaceError: The space builds no valid model.
    """
    if space.has_prefix:
        progress.note("Precision: float32, as always with a frozen prefix.")
        return Choice(*DEFAULT, "frozen prefix")
    path = step_times.cache_path(space, data)
    timed, origin = measured.read(path, list[Timed]), "measured on this machine earlier"
    if not timed:
        progress.note("Precision: timing a few training steps ...")
        try:
            with LoadMeter() as load:
                timed = step_times.measure(space, data, seed)
        except (SpaceError, BackboneError):
            raise
        except Exception:  # noqa: BLE001 (trials will fail in the same way and record the reason)
            progress.note("Precision: float32, although the default model could not be trained.")
            return Choice(*DEFAULT, "not trained")
        if (load.others or 0.0) > _BUSY:
            origin = f"not remembered, because other programs used {load.others:.0%} of the machine"
        else:
            origin = measured.save(path, timed)
    choice = decide(timed, epochs * math.ceil(len(data.train) / DEFAULT_BATCH_SIZE))
    without = "" if choice.xla else " without XLA"
    progress.note(f"Precision: {choice.precision}{without}, {choice.reason}; {origin}.")
    return choice


def decide(timed: Sequence[Timed], steps: int) -> Choice:
    """Choose by the seconds of a training of so many steps; the first kind is the default."""
    default, *others = timed
    speed_ups = [default.training(steps) / each.training(steps) for each in others]
    named = [each.precision if each.xla else f"{each.precision} without XLA" for each in others]
    best = max(range(len(others)), key=speed_ups.__getitem__, default=None)
    if best is not None and speed_ups[best] >= _MIN_SPEED_UP:
        reason = f"{speed_ups[best]:.1f}× as fast as float32"
        return Choice(others[best].precision, others[best].xla, reason)
    reasons = [f"{name} is {speed_up:.2f}× as fast" for name, speed_up in zip(named, speed_ups, strict=True)]
    reason = ", ".join(reasons) or "the model cannot be trained in half precision"
    return Choice(*DEFAULT, reason)
