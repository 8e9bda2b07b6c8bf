"""Let Keras load one of its data sets into its cache, and report what went wrong in one line."""

import contextlib
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tunebench.errors import DataUnavailableError
from tunebench.home import expand
from tunebench.runtime import import_keras

_TIMEOUT_SECONDS = 30.0


def keras_cache() -> Path:
    """Keras' folder of data sets: ``$KERAS_HOME/datasets``, else ``~/.keras/datasets``."""
    return expand(os.environ.get("KERAS_HOME") or "~/.keras") / "datasets"


def load_with_keras(title: str, load: Callable[[Any], Any], how_to_fix: str) -> Any:
    """Load a data set with Keras, which downloads it if it is not in its cache.

    Progress goes to standard error.

    Args:
        title: The data set's name, for messages.
        load: Calls the loader of the ``keras.datasets`` that it is given.
        how_to_fix: The end of an error message.

    Returns:
        What ``load`` returned.

    Raises:
        DataUnavailableError: It cannot be downloaded or written, or the cached files are damaged.
    """
    keras = import_keras()
    cache = keras_cache()
    try:
        cache.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=cache.parent).close()  # Keras would use /tmp if it could not write there
        with contextlib.redirect_stdout(sys.stderr), _network_timeout():
            return load(keras.datasets)
    except Exception as error:  # Keras raises bare Exception, OSError or ValueError
        reason = " ".join(str(error).split()).rstrip(".")
        raise DataUnavailableError(
            f"Keras cannot load {title} into {cache}: {reason}. {how_to_fix}"
        ) from error


@contextlib.contextmanager
def _network_timeout() -> Iterator[None]:
    """Give up on a silent server; Keras sets no time limit."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
