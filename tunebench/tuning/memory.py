"""Trials for which memory was not enough, known by an error's class and text; imports no back end."""

import contextlib
import re

from tunebench import environment

# Of TensorFlow, of PyTorch, and of Python and NumPy.
_CLASSES = {"ResourceExhaustedError", "OutOfMemoryError", "MemoryError"}
# XLA's, CUDA's, and that of CUDA's libraries and of PyTorch on a processor. Keras wraps errors of a layer.
_TEXT = re.compile(
    r"RESOURCE_EXHAUSTED|out[ _]of[ _]memory|_ALLOC_FAILED|can't allocate memory|failed to allocate"
    r"|Dst tensor is not initialized",
    re.IGNORECASE,
)
# TensorFlow raises ResourceExhaustedError for these, too.
_OTHER = re.compile(r"No space left on device|Too many open files")
_SHORTAGE = "memory was not enough"
GPU, MACHINE = "the GPU's", "the machine's"


def shortage(error: BaseException) -> str | None:
    """Why a trial failed, and what helps, if its error or a cause of it is that memory was not enough."""
    if error.__cause__ is not None and (found := shortage(error.__cause__)):
        return found
    if not _is_sign(error):
        return None
    of_machine = isinstance(error, MemoryError) or environment.on_processor()
    return reason(MACHINE if of_machine else GPU, type(error).__name__)


def _is_sign(error: BaseException) -> bool:
    text = ""
    with contextlib.suppress(Exception):
        text = str(error)
    if _OTHER.search(text):
        return False
    return bool(_TEXT.search(text)) or any(each.__name__ in _CLASSES for each in type(error).__mro__)


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
