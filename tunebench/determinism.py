"""Deterministic operations: the same seed gives the same result to the last bit, also on a GPU.

On a processor they cost nothing measurable. On a GPU they are slower, and Keras then does not let XLA compile
a model on TensorFlow.
"""

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tunebench.environment import JAX_FLAG, is_deterministic, on_processor, tensorflow_config
from tunebench.errors import TunebenchError
from tunebench.options import Determinism
from tunebench.runtime import import_keras


def resolve(wanted: Determinism, *, started_with: bool | None = None) -> bool:
    """Whether operations are to be deterministic.

    Args:
        wanted: ``auto``: as when the run was started, or else as ``TF_DETERMINISTIC_OPS`` says, or else on a
            processor only.
        started_with: What the run that is continued was started with; ``None``: a new run.
    """
    if wanted != "auto":
        return wanted == "on"
    if started_with is not None:
        return started_with
    given = os.environ.get("TF_DETERMINISTIC_OPS")
    return on_processor() if given is None else given.lower() in {"1", "true"}


@contextmanager
def deterministic(*, on: bool) -> Iterator[None]:
    """Make operations deterministic, or not, for the duration of the block.

    Raises:
        TunebenchError: JAX was started without what it needs for that.
    """
    before = is_deterministic()
    switch(on=on)
    try:
        yield
    finally:
        switch(on=before)


def switch(*, on: bool) -> None:
    """Make operations deterministic from now on, or not.

    Raises:
        TunebenchError: JAX was started without what it needs for that.
    """
    if on == is_deterministic():
        return
    backend = import_keras().backend.backend()
    if backend == "tensorflow":
        config = tensorflow_config()
        (config.enable_op_determinism if on else config.disable_op_determinism)()
    elif backend == "torch":
        importlib.import_module("torch").use_deterministic_algorithms(on)
    elif on:
        raise TunebenchError(
            "JAX on a GPU can only be made deterministic when it starts. Set the environment variable "
            f"XLA_FLAGS={JAX_FLAG}, or use --deterministic off."
        )
