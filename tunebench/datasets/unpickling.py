"""Read a pickled CIFAR-10 batch without running code from the file.

A pickle can name any Python function and have it called. This reader admits only the names that a batch of
``uint8`` pixels needs and refuses a file with any other. NumPy's own classes are not used, because they trust
the file: a forged object array makes NumPy follow a pointer that the file contains.

Not prevented: a file made for the purpose can still exhaust memory or the stack and so end the process.
"""

import codecs
import io
import pickle
import pickletools
import textwrap
from typing import Any

import numpy as np

from tunebench.errors import DamagedDataError

_REASON_LENGTH = 100


def unpickle_batch(content: bytes, *, source: str) -> dict[Any, Any]:
    """Read a pickled dictionary of plain values and ``uint8`` arrays.

    Args:
        content: The pickle.
        source: Its path, for the error message.

    Returns:
        The dictionary, with ``bytes`` for Python 2's strings and read-only ``uint8`` arrays.

    Raises:
        DamagedDataError: The content is truncated, altered, not a dictionary or uses any other name.
    """
    try:
        _check_memo(content)
        batch = _BatchUnpickler(io.BytesIO(content), encoding="bytes").load()
        return {key: value.array if isinstance(value, _Array) else value for key, value in batch.items()}
    except Exception as error:  # a damaged pickle can raise anything
        reason = textwrap.shorten(str(error), _REASON_LENGTH, placeholder="…") or type(error).__name__
        raise DamagedDataError(
            f"{source} is truncated, altered or not a CIFAR-10 batch ({reason}). "
            "Replace it with the official file; in Keras' cache, delete it and rerun."
        ) from error


def _check_memo(content: bytes) -> None:
    """Refuse huge memo indices: the unpickler allocates 16 bytes for each index up to the highest."""
    for instruction, argument, _position in pickletools.genops(content):
        if instruction.name.endswith("PUT") and int(argument or 0) > len(content):
            raise pickle.UnpicklingError(f"memo index {argument} is larger than the file")


class _Array:
    """Stands for ``numpy.ndarray`` and accepts the state of a ``uint8`` array only."""

    def __init__(self, *_arguments: object) -> None:
        self.array = np.empty(0, np.uint8)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, column_major, raw = state
        if not isinstance(dtype, _UInt8):
            raise pickle.UnpicklingError("an array is not uint8")
        self.array = np.frombuffer(raw, np.uint8).reshape(shape, order="F" if column_major else "C")


class _UInt8:
    """Stands for ``numpy.dtype``."""

    def __init__(self, name: object, *_arguments: object) -> None:
        if name not in {b"u1", "u1"}:
            raise pickle.UnpicklingError(f"an array is of dtype {name!r}, not uint8")

    def __setstate__(self, state: object) -> None:
        """Ignore the byte order: one byte has none."""


_ADMITTED: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array,
    ("numpy._core.multiarray", "_reconstruct"): _Array,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _UInt8,
    ("_codecs", "encode"): codecs.encode,  # how Python 3 writes bytes in protocol 2
}


class _BatchUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise pickle.UnpicklingError(f"{f'{module}.{name}'!r} is not allowed")
        return _ADMITTED[module, name]
