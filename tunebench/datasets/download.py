"""Download an archive, check it, and take known files out of it."""

import contextlib
import gzip
import shutil
import socket
import sys
import tarfile
import tempfile
import urllib.error
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from tunebench.errors import DamagedDataError, DataUnavailableError
from tunebench.runtime import import_keras

_SILENCE_SECONDS = 30.0


def download(
    origin: str, *, sha256: str, folder: Path, file_name: str, silence_seconds: float = _SILENCE_SECONDS
) -> Path:
    """Download a file with Keras' downloader, or reuse it where it is already there and whole.

    Progress goes to standard error.

    Args:
        origin: The URL.
        sha256: Of the whole file, as hexadecimal digits.
        folder: Where to keep it; created where it is missing.
        file_name: What to call it there.
        silence_seconds: How long the server may be silent before the download is given up.

    Returns:
        The path of the file.

    Raises:
        DataUnavailableError: The folder cannot be written, the download failed, or it gave another file.
    """
    get_file = import_keras().utils.get_file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with contextlib.redirect_stdout(sys.stderr), _network_timeout(silence_seconds):
            return Path(
                get_file(
                    fname=file_name,
                    origin=origin,
                    file_hash=sha256,
                    hash_algorithm="sha256",
                    cache_dir=str(folder),
                    cache_subdir="",
                )
            )
    except Exception as error:  # the downloader raises bare Exception, OSError or ValueError
        if isinstance(error.__context__, urllib.error.HTTPError):
            error.__context__.close()  # the downloader leaves the answer open
        with contextlib.suppress(OSError):  # a file that failed its check is of no use to anybody
            (folder / file_name).unlink()
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        raise DataUnavailableError(
            f"{origin} cannot be downloaded to {folder}: {reason}. "
            "Try again with a network, name a folder that holds the data with --data-dir, "
            "or use --dataset digits."
        ) from error


def unpack(archive: Path, members: Collection[str], folder: Path) -> Path:
    """Take known files out of a tar archive; the archive has no say in where they go.

    Args:
        archive: A tar file, compressed or not.
        members: Their names in the archive, each in the same folder.
        folder: The new folder to put them in; appears whole or not at all.

    Returns:
        ``folder``.

    Raises:
        DamagedDataError: The archive is no tar file, or lacks a member.
        DataUnavailableError: The files cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpacking-") as temporary:
            unpacked = Path(temporary) / folder.name
            unpacked.mkdir()
            with tarfile.open(archive) as tar:
                for member in members:
                    _copy_member(tar, member, unpacked / Path(member).name)
            if not folder.is_dir():  # another process may have been faster; its files are the same
                unpacked.rename(folder)
    except (tarfile.TarError, zlib.error, gzip.BadGzipFile, KeyError, EOFError) as error:
        raise DamagedDataError(
            f"{archive} is not the archive it should be ({' '.join(str(error).split())}). "
            "Delete it and try again."
        ) from error
    except OSError as error:
        raise DataUnavailableError(
            f"{archive} cannot be unpacked to {folder}: {error.strerror or error}. "
            "Free some space or mend the folder's permissions."
        ) from error
    return folder


def _copy_member(tar: tarfile.TarFile, name: str, target: Path) -> None:
    member = tar.getmember(name)
    content = tar.extractfile(member) if member.isfile() else None
    if content is None:
        raise KeyError(f"{name} is no file")
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)


@contextlib.contextmanager
def _network_timeout(seconds: float) -> Iterator[None]:
    """The downloader sets no time limit of its own and would wait for ever."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(seconds)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
