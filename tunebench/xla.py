"""Whether XLA compiles the training steps of TensorFlow's models in this process.

Keras decides that for each model. Without XLA, steps may be slower, but they start much sooner, which counts
in short trainings; ``--precision auto`` measures it. JAX always compiles by XLA, and PyTorch never.
"""

from dataclasses import dataclass


@dataclass
class _Process:
    off: bool = False


_process = _Process()


def is_off() -> bool:
    """Whether models are trained without XLA, whatever Keras would decide."""
    return _process.off


def switch(*, off: bool) -> None:
    """Train without XLA from now on, or as Keras decides."""
    _process.off = off
