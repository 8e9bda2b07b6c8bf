"""Writing files so that a crash leaves the old content or the new, never half of it."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tunebench.errors import RunFolderError


def make_folder(path: Path) -> Path:
    """Create a folder and its parents where they are missing.

    Raises:
        RunFolderError: It cannot be created or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFolderError(
            f"The folder {path} cannot be created: {error.strerror}. Choose another, or mend its permissions."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise RunFolderError(f"The folder {path} cannot be written. Choose another, or mend its permissions.")
    return path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, and flush it to disk."""

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    replace_atomically(path, write)


def replace_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` make a file under a temporary name beside ``path``, then put it in place.

    Args:
        path: Where the file shall stand.
        write: Called with the temporary path, which has ``path``'s suffix.

    Raises:
        RunFolderError: The disk is full or the folder cannot be written.
    """
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-", suffix=path.suffix)
        os.close(descriptor)
        temporary = Path(name)
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        # mkstemp makes files that only their owner reads; a report is for whoever may read the folder.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be written: {error.strerror or error}. Free some space or choose another folder."
        ) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def append_durably(path: Path, line: bytes) -> None:
    """Append one line to a file and flush it to disk before returning.

    Raises:
        RunFolderError: The disk is full or the file cannot be written.
    """
    try:
        with path.open("ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be written: {error.strerror or error}. Free some space or choose another folder."
        ) from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
