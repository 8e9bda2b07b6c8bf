"""Records as JSON, checked when they are read; a value that is not finite is written as ``null``."""

from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from tunebench.errors import RecordError

if TYPE_CHECKING:
    from pathlib import Path

Record = TypeVar("Record")
# What decoding JSON that tunebench did not write may raise.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def to_json(record: Any, *, indent: int = 0) -> bytes:
    """Encode a record as JSON (UTF-8), on one line or with ``indent`` spaces per level.

    Args:
        record: Any record of this module, or a JSON-like object.
        indent: Spaces per level; 0: one line.

    Returns:
        The JSON text, without a trailing newline. NaN and infinities become ``null``.
    """
    encoded = msgspec.json.encode(record)
    return msgspec.json.format(encoded, indent=indent) if indent else encoded


def from_json(text: bytes | str, kind: type[Record], *, source: "str | Path") -> Record:
    """Decode and check a record.

    Args:
        text: JSON.
        kind: The record's class.
        source: The source of the text, for the message.

    Returns:
        The record.

    Raises:
        RecordError: The text is not JSON, or a field is missing, has the wrong type or is out of range.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except UNREADABLE as error:
        raise RecordError(
            f"{source} is not a readable {kind.__name__}: {error}. "
            "Expected the JSON that tunebench wrote; restore the file from a copy or run the command again."
        ) from error
