"""Write files atomically or append to them durably, and recognise damaged ones."""

import contextlib
import json
import lzma
import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tunebench.errors import RunFolderError

# Everything that reading arrays from a truncated, altered or foreign ``.npz`` file may raise.
DAMAGED_ARRAYS = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    TypeError,
    AttributeError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    # NumPy parses the header as Python's literals.
    SyntaxError,
    tokenize.TokenError,
    RuntimeError,  # zipfile's, for an encrypted member or an unknown compression method
    lzma.LZMAError,
)
_UNFINISHED_PREFIX = ".writing-"
# What a killed process may leave behind.
UNFINISHED = f"{_UNFINISHED_PREFIX}*"


# What identifies the folders that this process has locked, and their locks.
_CLAIMS: dict[Path, dict[Path, tuple[int, int]]] = {}


def claim(folder: Path, lock: Path) -> None:
    """From now on, write files in a folder only if it and its lock are still the same ones."""
    _CLAIMS[folder] = {path: _identity(path) for path in (folder, lock)}


def renew(folder: Path) -> None:
    """Claim the folder that this process has put in the place of a claimed one."""
    if folder in _CLAIMS:
        _CLAIMS[folder] = {path: _identity(path) for path in _CLAIMS[folder]}


def release(folder: Path) -> bool:
    """End what :func:`claim` began; returns whether folder and lock are still the same ones."""
    same = _is_same(folder)
    _CLAIMS.pop(folder, None)
    return same


def _is_same(folder: Path) -> bool:
    return all(_identity(path) == identity for path, identity in _CLAIMS.get(folder, {}).items())


def _check_claim(folder: Path) -> None:
    if not _is_same(folder):
        raise RunFolderError(
            f"{folder} was deleted or replaced while it was in use, so nothing more is written to it. Run "
            "the command again."
        )


def _identity(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_dev, status.st_ino


def make_folder(path: Path) -> Path:
    """Create a folder and its parents if they are missing.

    Raises:
        RunFolderError: It cannot be created or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise RunFolderError(
            f"{path} is a file or a broken link, but a folder was expected. Move it away, or choose another."
        ) from error
    except OSError as error:
        raise RunFolderError(
            f"The folder {path} cannot be created: {error.strerror}. Choose another, or fix its permissions."
        ) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise RunFolderError(
            f"The folder {path} cannot be written to. Choose another, or fix its permissions."
        )
    return path


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file completely or not at all, and flush it to disk."""

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    replace_atomically(path, write)


def replace_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` create a temporary file beside ``path``, then move it into place.

    Args:
        path: The file.
        write: Called with the temporary path, which has ``path``'s suffix.

    Raises:
        RunFolderError: The disk is full, or the folder cannot be written or was replaced; see :func:`claim`.
    """
    _check_claim(path.parent)
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED_PREFIX, suffix=path.suffix)
        os.close(descriptor)
        temporary = Path(name)
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        # mkstemp makes files that only their owner can read; a report is for all who can read the folder.
        temporary.chmod(0o666 & ~_umask())
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def read_lines(path: Path) -> list[bytes]:
    """The lines of an append-only file of JSON lines; none if it does not exist.

    A last line that a crash cut off is removed from the file, so that the next line starts on its own. A last
    line that lacks only its line break is complete. Anything else is kept for the caller to judge.

    Raises:
        RunFolderError: The file cannot be read or repaired.
    """
    if path.is_symlink() and not path.exists():
        # Not the same as no file: the target may only be temporarily out of reach.
        raise RunFolderError(
            f"{path} is a link to {path.readlink()}, which does not exist. Expected a file; restore it, or "
            "remove the link to start without it."
        )
    try:
        content = path.read_bytes() if path.exists() else b""
        rest = content.rpartition(b"\n")[2]
        if _is_cut_off(rest):
            # In place, because a full disk has no room for another copy.
            os.truncate(path, len(content) - len(rest))
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be read: {error.strerror}. Expected a file that you may read and write; fix "
            "that, or use --fresh."
        ) from error
    return lines_of(content)


def lines_of(content: bytes) -> list[bytes]:
    """The lines of such a file's content, without one that a crash cut off; see :func:`read_lines`."""
    *lines, rest = content.split(b"\n")
    return [*lines, rest] if rest and not _is_cut_off(rest) else lines


def append_durably(path: Path, line: bytes) -> None:
    """Append one line to a file and flush it to disk before returning.

    Raises:
        RunFolderError: The disk is full or the file cannot be written; it is unchanged.
    """
    _check_claim(path.parent)
    size = None
    try:
        with path.open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        if size is not None:
            with contextlib.suppress(OSError):
                os.truncate(path, size)
        raise _unwritable(path, error) from error


def remove(path: Path) -> None:
    """Delete a file if it exists.

    Raises:
        RunFolderError: It cannot be deleted, for instance because it is a folder.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be deleted: {error.strerror or error}. Expected a file of tunebench's; "
            "move it away, then run the command again."
        ) from error


def _is_cut_off(line: bytes) -> bool:
    """Whether a last line without its line break is the beginning of an object, or only zeros."""
    # A file system leaves zeros if the power fails before the bytes are written.
    text = line.rstrip(b"\0")
    if not text.startswith(b"{"):
        return bool(line) and not text
    try:
        json.JSONDecoder().raw_decode(text.decode(errors="replace"))
    except ValueError:
        return True
    except RecursionError:
        # Not written by tunebench; whoever reads the line says so.
        return False
    # A complete object, perhaps with something after it.
    return False


def _unwritable(path: Path, error: OSError) -> RunFolderError:
    if path.is_dir():
        return RunFolderError(
            f"{path} cannot be written: it is a folder, but a file was expected. Move it away, then run the "
            "command again."
        )
    return RunFolderError(
        f"{path} cannot be written: {error.strerror or error}. Finished results are kept; free some space or "
        "choose another folder, then run the command again."
    )


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
