"""Trials for which memory was not enough, known by an error's class and text; imports no back end."""

import contextlib
import re

from tunebench import environment

# Of TensorFlow, of PyTorch, and of Python and NumPy.
_CLASSES = {"ResourceExhaustedError", "OutOfMemoryError", "MemoryError"}
# XLA's, CUDA's, and that of CUDA's libraries and of PyTorch on a processor. Keras wraps errors of a layer.
_TEXT = re.compile(r"RESOURCE_EXHAUSTED|out of memory|_ALLOC_FAILED|can't allocate memory", re.IGNORECASE)
_SHORTAGE = "memory was not enough"
GPU, MACHINE = "the GPU's", "the machine's"


def shortage(error: Exception) -> str | None:
    """Why a trial failed, and what helps, if its error is that memory was not enough; otherwise ``None``."""
    text = ""
    with contextlib.suppress(Exception):
        text = str(error)
    names = {each.__name__ for each in type(error).__mro__}
    if not names & _CLASSES and not _TEXT.search(text):
        return None
    of_machine = isinstance(error, MemoryError) or environment.device().startswith("CPU")
    return reason(MACHINE if of_machine else GPU, type(error).__name__)


def reason(whose: str, sign: str) -> str:
    """The reason for a trial's failure.

    Args:
        whose: ``GPU`` or ``MACHINE``.
        sign: What showed it.
    """
    return f"{whose} {_SHORTAGE} ({sign}); a smaller batch size or model needs less"


def is_shortage(message: str | None, whose: str = "") -> bool:
    """Whether a trial failed because memory was not enough, by its reason; optionally only ``MACHINE``."""
    return message is not None and f"{whose} {_SHORTAGE}" in message
