"""How an option is declared, and which values it accepts, from a program or as text."""

import dataclasses
import math
import operator
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tunebench.errors import did_you_mean

ENVIRONMENT_PREFIX = "TUNEBENCH_"
# Pixels of an image's side.
LEAST_SIDE, MOST_SIDE = 1, 4096
# What a record can hold as a number of things.
LARGEST = 10**15


@dataclass(frozen=True)
class Kind:
    """The values that an option accepts.

    Attributes:
        metavar: Stands for a value in help texts.
        expected: What a value has to be, to complete the sentence "Expected …".
        read: Converts text or a program's value; raises ``ValueError`` or ``TypeError`` if it is not valid.
        choices: All values, if they can be listed.
    """

    metavar: str
    expected: str
    read: Callable[[Any], Any]
    choices: tuple[str, ...] = ()

    def why_not(self, value: object) -> str:
        """The end of an error message about a value: the near miss, if any, and what was expected."""
        text = str(value)
        # Of several words, the one that is wrong.
        words = [word.strip() for word in text.split(",")] if isinstance(value, str) else [text]
        wrong = next((word for word in words if word not in self.choices), text)
        # A limit that nobody meets is named only if it was met.
        most = f" and at most {LARGEST:,}" if text.isdecimal() and len(text) >= len(str(LARGEST)) else ""
        named = f"{wrong!r} is not known. " if self.choices and wrong != text else ""
        return f"{named}{did_you_mean(wrong, self.choices)}Expected {self.expected}{most}."


@dataclass(frozen=True)
class Declaration:
    """Everything about an option except its name, type and default.

    Attributes:
        kind: What it accepts.
        help: One or two sentences for the command line and the reference.
        flag: Its name on the command line, such as ``--data-dir``; empty if it is only for programs.
            ``None``: :func:`declarations` derives it from the field's name.
        in_environment: Whether an environment variable can set it.
        must_agree: Whether a resumed search must have the same value.
    """

    kind: Kind
    help: str
    flag: str | None
    in_environment: bool
    must_agree: bool


def option(
    default: Any,
    kind: Kind,
    help: str,  # noqa: A002 (the usual word)
    *,
    flag: str | None = None,
    in_environment: bool = True,
    must_agree: bool = False,
) -> Any:
    """A dataclass field that is an option; see :class:`Declaration`.

    Args:
        default: Its default.
        kind: See :class:`Declaration`.
        help: See :class:`Declaration`.
        flag: See :class:`Declaration`.
        in_environment: See :class:`Declaration`.
        must_agree: See :class:`Declaration`.
    """
    declaration = Declaration(kind, help, flag, in_environment, must_agree)
    return dataclasses.field(default=default, metadata={"option": declaration})


def declarations(options: Any) -> dict[str, tuple[Declaration, Any]]:
    """The declaration and the default of each option of a class of options, by name."""
    found = {}
    for field in dataclasses.fields(options):
        declared: Declaration = field.metadata["option"]
        if declared.flag is None:
            declared = dataclasses.replace(declared, flag=f"--{field.name.replace('_', '-')}")
        found[field.name] = declared, field.default
    return found


def variable(declared: Declaration) -> str | None:
    """The environment variable of an option."""
    if not declared.flag or not declared.in_environment:
        return None
    return ENVIRONMENT_PREFIX + declared.flag.removeprefix("--").replace("-", "_").upper()


def whole(minimum: int, maximum: int = LARGEST) -> Kind:
    """Whole numbers of at least ``minimum`` and at most ``maximum``."""

    def read(value: Any) -> int:
        # NumPy's integers, too, but neither True nor 3.0.
        number = int(value) if isinstance(value, str) else operator.index(value)
        if isinstance(value, bool) or not minimum <= number <= maximum:
            raise ValueError(value)
        return number

    upper = f" and at most {maximum}" if maximum != LARGEST else ""
    return Kind("N", f"a whole number of at least {minimum}{upper}", read)


def or_none(kind: Kind) -> Kind:
    """The values of a kind, or ``none``, which a program may also give as ``None``."""

    def read(value: Any) -> Any:
        return None if value == "none" else kind.read(value)

    return Kind(f"{kind.metavar}|none", f"{kind.expected}, or none", read)


def or_word(kind: Kind, word: str) -> Kind:
    """The values of a kind, or a word."""

    def read(value: Any) -> Any:
        return word if value == word else kind.read(value)

    return Kind(f"{kind.metavar}|{word}", f"{kind.expected}, or {word}", read)


def one_of(*choices: str) -> Kind:
    """One of some words."""

    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(value)
        return str(value)

    return Kind(f"[{'|'.join(choices)}]", f"one of {', '.join(choices)}", read, choices)


def some_of(*choices: str) -> Kind:
    """One or more of some words, in their own order."""

    def read(value: Any) -> tuple[str, ...]:
        words = _read_words(value)
        if not set(words) <= set(choices):
            raise ValueError(value)
        return tuple(choice for choice in choices if choice in words)

    return Kind("WORD,…", f"one or more of {', '.join(choices)}, separated by commas", read, choices)


def _read_words(value: Any) -> tuple[str, ...]:
    given = value.split(",") if isinstance(value, str) else value
    words = tuple(dict.fromkeys(os.fspath(word).strip() for word in given))
    if not words or "" in words:
        raise ValueError(value)
    return words


def _read_seconds(value: Any) -> float:
    text = str(value).strip().lower()
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?|(\d+(?:\.\d+)?)", text, re.ASCII)
    seconds = 0.0
    if match is not None:
        hours, minutes, rest, alone = (float(part or 0) for part in match.groups())
        seconds = 3600 * hours + 60 * minutes + rest + alone
    if not 0 < seconds < math.inf:
        raise ValueError(value)
    return seconds


def _read_points(value: Any) -> float:
    points = float(value)
    if not 0 <= points <= 100:  # noqa: PLR2004 (percent)
        raise ValueError(value)
    return points


def _read_folder(value: Any) -> Path:
    folder = Path(value)
    if folder.is_file():
        raise ValueError(value)
    return folder


def _read_file(value: Any) -> Path:
    file = Path(value)
    if file.is_dir():
        raise ValueError(value)
    return file


def _read_switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _read_assignment(value: Any) -> tuple[str, str]:
    name, sign, given = str(value).partition("=")
    if not sign or not name:
        raise ValueError(value)
    return name, given


def _read_dataset(value: Any) -> Any:
    if value is None or value == "":
        raise ValueError(value)
    return os.fspath(value) if isinstance(value, os.PathLike) else value


def _read_image_size(value: Any) -> tuple[int, int]:
    given = re.split("[x×]", value.strip().lower()) if isinstance(value, str) else value
    sides = list(given) if isinstance(given, list | tuple) else [given]
    height, width = (
        whole(LEAST_SIDE, MOST_SIDE).read(side) for side in (sides * 2 if len(sides) == 1 else sides)
    )
    return height, width


DATASET = Kind("NAME|PATH", "a name from `tunebench datasets`, or the path of images", _read_dataset)
IMAGE_SIZE = Kind(
    "N|HxW",
    f"a number of pixels from {LEAST_SIDE} to {MOST_SIDE}, or height × width, such as 96x128",
    _read_image_size,
)
SIZE = or_word(whole(1), "all")
SECONDS = Kind("TIME", "a time above 0, such as 90s, 30m or 1h30m", _read_seconds)
POINTS = Kind("POINTS", "a number from 0 to 100", _read_points)
FOLDER = Kind("DIR", "a folder", _read_folder)
FILE = Kind("FILE", "a file, not a folder", _read_file)
TEXT = Kind("TEXT", "text", str)
WORDS = Kind("NAME,…", "one or more names, separated by commas", _read_words)
SWITCH = Kind("", "True or False", _read_switch)
ASSIGNMENT = Kind("NAME=VALUE", "name=value, such as units=256", _read_assignment)
# Values by name; on the command line, assignments one by one.
ASSIGNMENTS = Kind("NAME=VALUE", "values by the name of their hyperparameter", dict)
OBJECT = Kind("", "an object of this type", lambda value: value)
