"""The folder for what tunebench can compute or download again."""

import os
from pathlib import Path

from tunebench.home import expand


def cache_folder() -> Path:
    """``$TUNEBENCH_CACHE_DIR``, else ``$XDG_CACHE_HOME/tunebench``, else ``~/.cache/tunebench``.

    Nothing is created.
    """
    if chosen := os.environ.get("TUNEBENCH_CACHE_DIR"):
        return expand(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tunebench"
