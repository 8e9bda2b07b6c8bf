"""Text that is safe to print: names and messages may hold anything that a file can be called."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterable
from typing import Any

_DIRECTION_MARKS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def clean(text: str) -> str:
    """Replace control characters, line breaks and marks that change the direction of writing."""
    if text.isascii() and text.isprintable():
        return text
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_unprintable(each) else each for each in text)


def json_text(value: Any) -> str:
    """JSON, indented, in which a terminal's control characters are escaped."""
    return escaped(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def escaped(text: str) -> str:
    """JSON without control characters, which can only be in its strings; its line breaks stay."""
    # Bytes of a folder's name that are not UTF-8 cannot be escaped.
    text = text.encode(errors="replace").decode()
    return "".join(f"\\u{ord(each):04x}" if each != "\n" and _is_unprintable(each) else each for each in text)


def csv_lines(lines: Iterable[Iterable[object]]) -> str:
    """Rows of cells as CSV, without control characters.

    Text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(
        [_spreadsheet_safe(cell) for cell in line] for line in lines
    )
    return buffer.getvalue()


def _spreadsheet_safe(value: object) -> object:
    if not isinstance(value, str):
        return value
    value = clean(value)
    return f"'{value}" if value[:1] in {"=", "+", "-", "@"} else value


def _is_unprintable(sign: str) -> bool:
    return (
        unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"}
        or sign in "\ufffe\uffff"
        or unicodedata.bidirectional(sign) in _DIRECTION_MARKS
    )
