"""Writing files so that a crash leaves the old content or the new, never half of it."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from tunebench.errors import RunFolderError

_UNFINISHED_PREFIX = ".writing-"
# What a killed process may leave behind.
UNFINISHED = f"{_UNFINISHED_PREFIX}*"


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
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED_PREFIX, suffix=path.suffix)
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


def whole_lines(path: Path) -> list[bytes]:
    """The lines of a file that is only ever appended to; none where it does not exist.

    A last line without its line break was cut off by a crash. It is removed, so that the next line does not
    go on where it broke off.

    Raises:
        RunFolderError: The file cannot be read or mended.
    """
    try:
        content = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be read: {error.strerror}. Mend its permissions or use --fresh."
        ) from error
    whole, _, torn = content.rpartition(b"\n")
    if torn:
        write_atomically(path, whole + b"\n" if whole else b"")
    return whole.split(b"\n") if whole else []


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
