"""Choose the precision of a space on this machine, or take the choice that was made earlier."""

import logging

from tunebench import environment
from tunebench.datasets import TrainingData
from tunebench.errors import TunebenchError
from tunebench.options import Policy
from tunebench.precision import kept
from tunebench.precision.choice import FLOAT32, decide, in_words
from tunebench.precision.measure import measure
from tunebench.progress import Progress
from tunebench.spaces import Space

_log = logging.getLogger(__name__)


def choose(space: Space, data: TrainingData, seed: int, progress: Progress) -> Policy:
    """The precision to train a space's models in.

    Args:
        space: The space.
        data: Training and validation images; no test image is looked at.
        seed: Of the short trainings that decide.
        progress: Told the choice and its reason in one line.

    Returns:
        Keras' dtype policy: float32, or one that is at least a tenth faster and trains as well. With a
        frozen prefix it is float32, in which features are computed and kept.

    Raises:
        InvalidSpaceError: The space builds no model.
    """
    if space.has_prefix:
        progress.note("Precision: float32, as always with a frozen network in front.")
        return FLOAT32
    path = kept.place(space, data)
    choice, where = kept.read(path), "measured on this machine earlier"
    if choice is None:
        progress.note("Precision: timing a few training steps ...")
        try:
            float32, *others = measure(space, data, _candidates(), seed)
        except TunebenchError:
            raise
        except Exception:  # noqa: BLE001 (whatever it is, a trial will fail of it and record the reason)
            _log.debug("Not trainable in float32.", exc_info=True)
            progress.note("Precision: float32, in which the default model could not be trained either.")
            return FLOAT32
        choice = decide(float32, others)
        where = (
            "kept for this machine" if kept.write(path, choice) else "not kept: the cache cannot be written"
        )
    progress.note(f"Precision: {in_words(choice)}; {where}.")
    return choice.precision


def _candidates() -> tuple[Policy, ...]:
    """What may be faster here; processors compute in bfloat16 at best."""
    return (
        ("mixed_bfloat16",) if environment.device().startswith("CPU") else ("mixed_bfloat16", "mixed_float16")
    )
