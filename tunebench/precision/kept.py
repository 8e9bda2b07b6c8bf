"""Choices of earlier commands in the user's cache: for one machine, its versions, a space and a data set."""

import contextlib
import hashlib
import json
from pathlib import Path

import msgspec

from tunebench import environment, files
from tunebench.datasets import TrainingData
from tunebench.errors import RecordError, RunFolderError
from tunebench.precision.choice import Choice
from tunebench.records import from_json, to_json
from tunebench.spaces import Space
from tunebench.user_cache import cache_folder

# Goes up when choices of an earlier version must no longer be used.
_VERSION = 1


def place(space: Space, data: TrainingData) -> Path:
    """The file of a choice: another one for whatever the choice depends on."""
    here = msgspec.to_builtins(environment.collect())
    # What is in force at the moment is not what it depends on.
    del here["precision"]
    parts = {
        "version": _VERSION,
        **here,
        "space": space.sha256,
        "data": data.name,
        "image_shape": data.image_shape,
        "num_classes": data.num_classes,
    }
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    return cache_folder() / "precision" / f"{key}.json"


def read(path: Path) -> Choice | None:
    """The choice that an earlier command made; ``None`` where there is none, or a damaged one."""
    with contextlib.suppress(OSError, RecordError):
        return from_json(path.read_bytes(), Choice, source=path)
    return None


def write(path: Path, choice: Choice) -> bool:
    """Keep a choice, atomically; says whether that was possible, for a search can do without."""
    try:
        files.make_folder(path.parent)
        files.write_atomically(path, to_json(choice))
    except RunFolderError:
        return False
    return True
