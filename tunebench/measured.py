"""What was measured on this machine, in the user's cache: a file for each environment and thing measured."""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import TypeVar

import msgspec

from tunebench import environment, files
from tunebench.errors import RecordError, RunFolderError
from tunebench.record_json import from_json, to_json
from tunebench.user_cache import cache_folder

Found = TypeVar("Found")


def path_of(topic: str, **key: object) -> Path:
    """The file of a measurement.

    Args:
        topic: What is measured; the name of a folder in the cache.
        key: What it depends on besides the environment of this process, as JSON can hold it. A name of the
            environment's, such as ``precision=None``, replaces that.
    """
    whole = {**msgspec.to_builtins(environment.collect()), **key}
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()
    return cache_folder() / topic / f"{digest}.json"


def save(path: Path, found: object) -> str:
    """Keep what was found; returns, in a few words, whether that was possible."""
    try:
        files.make_folder(path.parent)
        files.write_atomically(path, to_json(found))
    except RunFolderError:
        return "not remembered: the cache is not writable"
    return "remembered for this machine"


def read(path: Path, kind: type[Found]) -> Found | None:
    """What was found earlier; ``None`` if there is nothing or it is damaged."""
    with contextlib.suppress(OSError, RecordError):
        return from_json(path.read_bytes(), kind, source=path)
    return None
