"""Read a pickled batch of images without running what the file asks for.

A pickle is a program, and a batch comes from the network or from a stranger. Two guards stand before it:

1. Its instructions are read first and not carried out: only those that build plain values pass, and only in
   amounts that a batch has. (A memo number alone can make the unpickler allocate gigabytes, and a tuple of
   tuples of tuples as a key overflows the stack.)
2. A name in it means a stand-in of this module, never the thing of that name. NumPy's own functions are not
   called either: they trust the state they are handed, and a forged one makes bytes into pointers.
"""

import io
import pickle
import pickletools
from collections.abc import Callable
from typing import Any

import numpy as np

from tunebench.errors import DamagedDataError

# What writes a dictionary of lists, tuples, whole numbers, byte strings and arrays in protocol 2.
_ADMITTED = {
    *("PROTO", "STOP", "MARK", "GLOBAL", "REDUCE", "BUILD"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2"),
    *("SHORT_BINSTRING", "BINSTRING", "BINUNICODE"),
    *("EMPTY_DICT", "SETITEM", "SETITEMS", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"),
    *("BINPUT", "LONG_BINPUT", "BINGET", "LONG_BINGET"),
}
_MOST_TUPLES = 64  # a batch has about six, whatever its size
_ONE_BYTE_NAMES = {b"u1", b"|u1", b"uint8", "u1", "|u1", "uint8"}


def unpickle_batch(content: bytes, *, source: str) -> dict[Any, Any]:
    """Read a pickled dictionary of plain values and ``uint8`` arrays.

    Args:
        content: The pickle, protocol 2 or older.
        source: Where it comes from, for the message.

    Returns:
        The dictionary. Strings that Python 2 wrote are ``bytes``; an array is a read-only ``uint8`` array.

    Raises:
        DamagedDataError: The content is not a pickle, is truncated, names anything but a ``uint8`` array,
            or is no dictionary.
    """
    try:
        _check_instructions(content)
        value = _PlainUnpickler(io.BytesIO(content), encoding="bytes").load()
    except Exception as error:  # a damaged pickle can raise anything
        raise DamagedDataError(
            f"{source} is truncated, altered or no batch of CIFAR-10 ({_reason(error)}). "
            "Expected the official python version; get it again."
        ) from error
    if not isinstance(value, dict):
        raise DamagedDataError(
            f"{source} holds a {type(value).__name__}, not the dictionary of a CIFAR-10 batch. "
            "Expected the official python version; get it again."
        )
    return {key: item.array if isinstance(item, _Array) else item for key, item in value.items()}


def _reason(error: Exception) -> str:
    """A library's message in one short line."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words if len(words) <= 100 else f"{words[:99]}…"  # noqa: PLR2004 (characters that still read as one line)


def _check_instructions(content: bytes) -> None:
    tuples = 0
    for instruction, argument, _position in pickletools.genops(content):
        if instruction.name not in _ADMITTED:
            raise pickle.UnpicklingError(f"instruction {instruction.name} has no place in a batch")
        if instruction.name == "LONG_BINPUT" and int(argument or 0) > len(content):
            raise pickle.UnpicklingError(f"memo number {argument} is larger than the file")
        tuples += instruction.name.startswith("TUPLE")
        if tuples > _MOST_TUPLES:
            raise pickle.UnpicklingError(f"more than {_MOST_TUPLES} tuples")


class _PlainUnpickler(pickle.Unpickler):
    """Resolves the few names that a batch uses to stand-ins, and no other name to anything."""

    def find_class(self, module: str, name: str) -> Any:
        stand_in = _STAND_INS.get((module, name))
        if stand_in is None:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        # A new one each time: whatever the pickle does to it ends with this file.
        return _StandIn(stand_in)


class _StandIn:
    """A name in the pickle: can be called, and refuses to be given a state."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("a name is given a state")


class _Array:
    """Takes the state of a pickled NumPy array, and keeps it as an array where it is one of uint8."""

    __slots__ = ("array",)

    def __init__(self) -> None:
        self.array = np.empty(0, np.uint8)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _version, shape, dtype, column_major, raw = state
        if not isinstance(dtype, _OneByte) or not isinstance(raw, bytes):
            raise pickle.UnpicklingError("an array is not of uint8")
        if any(not isinstance(length, int) or length < 0 for length in shape):
            raise pickle.UnpicklingError("an array has an impossible shape")
        self.array = np.frombuffer(raw, np.uint8).reshape(shape, order="F" if column_major else "C")


class _OneByte:
    """The dtype uint8; its state says how its bytes are ordered, which one byte is not."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        pass


def _array(*_type_shape_and_code: object) -> _Array:
    return _Array()


def _dtype(name: object, *_align_and_copy: object) -> _OneByte:
    if name not in _ONE_BYTE_NAMES:
        raise pickle.UnpicklingError(f"an array is of dtype {name!r}, not uint8")
    return _OneByte()


def _encode(text: object, encoding: object) -> bytes:
    """How Python 3 writes a byte string in protocol 2."""
    if not isinstance(text, str) or encoding != "latin1":
        raise pickle.UnpicklingError(f"a string is encoded as {encoding!r}")
    return text.encode("latin1")


def _uncallable(*_arguments: object) -> Any:
    raise pickle.UnpicklingError("an array is made directly")


_STAND_INS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): _array,
    ("numpy._core.multiarray", "_reconstruct"): _array,
    ("numpy", "ndarray"): _uncallable,
    ("numpy", "dtype"): _dtype,
    ("_codecs", "encode"): _encode,
}
