"""Every error that tunebench raises on purpose.

The command line prints the message as one line and exits with status 1::

    TunebenchError
     ├── DatasetError
     │    ├── UnknownDatasetError     no data set has that name
     │    ├── DataUnavailableError    neither on this machine nor downloadable
     │    ├── DamagedDataError        a file is truncated, altered or of another kind
     │    └── NotEnoughImagesError    more images requested than there are
     ├── SpaceError
     │    ├── UnknownSpaceError       no space has that name, no file that path
     │    └── InvalidSpaceError       fails to import, lacks build, builds the wrong model
     ├── BackboneError                weights not found, not downloadable or of another kind
     ├── SearchError                  the search cannot start, resume or finish
     │    └── OutOfTimeError          the budget is too small
     ├── TrialError                   one trial failed; the search records it and continues
     ├── TrainingError                a final training failed
     ├── ExportError                  a model cannot be exported, or an exported one not be opened
     └── RunError
          ├── RunFolderError          a runs folder that cannot be written or read
          └── RecordError             a record that is damaged or has another format

A message says what happened, what was expected and how to fix it.
"""

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The part of a message that asks whether another word was meant; empty if none is near.

    It ends with a space, so that "Expected …" can follow. Upper and lower case are the same.
    """
    spelt = {each.lower(): each for each in known}
    near = difflib.get_close_matches(word.lower(), list(spelt), n=1)
    return f"Did you mean {spelt[near[0]]}? " if near else ""


def first_line(error: BaseException) -> str:
    """The first line of a foreign exception's message, as a sentence."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001 (a message that cannot be made)
        lines = []
    line = lines[0] if lines else "no message"
    return line if line.endswith((".", "!", "?")) else f"{line}."


class TunebenchError(Exception):
    """Base of the errors that a user can fix."""


class DatasetError(TunebenchError):
    """A data set cannot be used."""


class UnknownDatasetError(DatasetError):
    """No data set has the requested name."""


class DataUnavailableError(DatasetError):
    """The data is neither on this machine nor can it be downloaded."""


class DamagedDataError(DatasetError):
    """A data file is truncated, altered or of another kind."""


class NotEnoughImagesError(DatasetError):
    """A split has fewer images than requested."""


class SpaceError(TunebenchError):
    """A search space cannot be used."""


class UnknownSpaceError(SpaceError):
    """No space has the requested name, and no file that path."""


class InvalidSpaceError(SpaceError):
    """A space fails to import, lacks ``build`` or builds a model that cannot be tuned."""


class BackboneError(TunebenchError):
    """Pretrained weights cannot be found, downloaded or used."""


class SearchError(TunebenchError):
    """A search cannot start, resume or finish."""


class OutOfTimeError(SearchError):
    """The budget of a search is too small for its next step."""


class TrialError(TunebenchError):
    """One trial failed; the ledger keeps the message."""


class TrainingError(TunebenchError):
    """A final training failed."""


class ExportError(TunebenchError):
    """A model cannot be exported, or an exported model cannot be opened."""


class RunError(TunebenchError):
    """A run cannot be written, found or read."""


class RunFolderError(RunError):
    """A runs folder cannot be read or written."""


class RecordError(RunError):
    """A record is damaged, or its format is not supported."""


def foreign_error(what: str, error: BaseException) -> InvalidSpaceError:
    """A one-line error for an exception raised by a space's code."""
    return InvalidSpaceError(
        f"{what}: {type(error).__name__}: {first_line(error)} Fix the space and run the command again."
    )
