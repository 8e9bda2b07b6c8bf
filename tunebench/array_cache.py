"""A cache of arrays on disk under a key, checked when they are read, within a size limit."""

import contextlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock
from numpy.typing import NDArray

from tunebench.array_file import checksum, open_array, write_parts
from tunebench.errors import RunFolderError
from tunebench.files import UNFINISHED, make_folder, replace_atomically, write_atomically
from tunebench.machine_load import LoadMeter
from tunebench.user_cache import cache_folder

DEFAULT_LIMIT_BYTES = 10 * 2**30

# 1: the first format.
_FORMAT_VERSION = 1
# Another process may be about to open an array that was written or read more recently.
_RECENT_SECONDS = 60
# An unfinished file that has not grown for this long was left by a killed process.
_ABANDONED_SECONDS = 3600
_log = logging.getLogger(__name__)


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The ``.json`` file beside an array."""

    format_version: int
    seconds: float
    other_load: float | None = None
    details: msgspec.Raw = msgspec.Raw(b"null")
    # Of the array's file, followed by ``seconds`` and ``details``.
    sha256: str


@dataclass(frozen=True, eq=False)
class CachedArray:
    """An array that was computed, or read from a cache.

    Attributes:
        array: Of shape ``(n, …)``; memory-mapped and read-only if it is in a cache.
        seconds: Time it took to compute, tracing included, hashing and writing not; the same figure when it
            is read from the cache.
        other_load: Share of the processor cores, or of the GPU, that other programs used meanwhile, if known.
        from_cache: Whether it was read rather than computed.
        details: JSON that was stored with it.
    """

    array: NDArray[Any]
    seconds: float
    other_load: float | None
    from_cache: bool
    details: bytes = b"null"


@dataclass(frozen=True)
class CacheUsage:
    """How full a cache is.

    Attributes:
        folder: Its folder.
        num_arrays: Number of arrays in it.
        size_bytes: Their total size.
        limit_bytes: The size above which the least recently used are removed.
    """

    folder: Path
    num_arrays: int
    size_bytes: int
    limit_bytes: int


class ArrayCache:
    """Arrays on disk, each with the time it took to compute.

    Processes that need the same array compute it once. A damaged array is computed again.

    Args:
        folder: Its folder, created when first written. Default: ``NAME`` in the user's cache folder.
        limit_bytes: If the arrays are larger in total, the least recently used are removed, except those used
            within the last minute.
    """

    NAME = "arrays"

    def __init__(self, folder: Path | None = None, *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.folder = cache_folder() / self.NAME if folder is None else folder
        self.limit_bytes = limit_bytes
        # Files that this process has checked, by key: inode, size and time of change.
        self._checked: dict[str, tuple[int, ...]] = {}

    def get_or_compute(
        self,
        key: str,
        num_rows: int,
        compute: Callable[[], Iterable[NDArray[Any]]],
        describe: Callable[[], Any] = lambda: None,
    ) -> CachedArray:
        """Read the array under a key, or compute and write it if it is missing or damaged.

        Args:
            key: Identifies the array; a valid file name.
            num_rows: The array's length, 1 or more.
            compute: Gives the array in parts along its first axis.
            describe: Called after it; gives what can be encoded as JSON and is stored with the array.

        Returns:
            The array of shape ``(num_rows, …)`` and the time it took to compute.

        Raises:
            RunFolderError: The folder cannot be written or locked, or the disk is full.
            ValueError: The parts do not have ``num_rows`` rows in total.
        """
        if found := self.read(key):
            return found
        make_folder(self.folder)
        with _locked(self.folder / f"{key}.lock"):
            # Another process may have written it meanwhile.
            if found := self.read(key):
                return found
            written = self._write(key, num_rows, compute, describe)
        self._evict()
        return written

    def scratch(self, num_rows: int, parts: Iterable[NDArray[Any]]) -> NDArray[Any]:
        """Write an array that is in no cache: its file is gone as soon as the array is.

        Args:
            num_rows: The array's length, 1 or more.
            parts: The array in parts along its first axis.

        Returns:
            The array of shape ``(num_rows, …)``, memory-mapped and read-only.

        Raises:
            RunFolderError: The folder cannot be written, or the disk is full.
        """
        path = make_folder(self.folder) / f"{secrets.token_hex(16)}.npy"
        try:
            replace_atomically(path, lambda temporary: write_parts(temporary, num_rows, parts))
            return open_array(path)
        finally:
            path.unlink(missing_ok=True)

    def discard(self, key: str) -> None:
        """Forget an array; one that is open stays readable."""
        with contextlib.suppress(OSError):
            self._remove(key)

    def usage(self) -> CacheUsage:
        """The number of arrays and their size."""
        sizes = [size for _, size, _ in self._arrays()]
        return CacheUsage(self.folder, len(sizes), sum(sizes), self.limit_bytes)

    def read(self, key: str) -> CachedArray | None:
        """Read the array under a key; ``None`` if it is missing or damaged."""
        try:
            entry = msgspec.json.decode(self._entry_path(key).read_bytes(), type=_Entry)
            if entry.format_version != _FORMAT_VERSION or not self._is_intact(key, entry):
                raise ValueError("its checksum differs")  # noqa: TRY301 (reported below)
            array = open_array(self._array_path(key))
        except (FileNotFoundError, NotADirectoryError):
            return None
        # NumPy raises ValueError for a file in another format.
        except (OSError, ValueError, msgspec.DecodeError) as error:
            path = self._array_path(key)
            _log.warning("The cached array %s is damaged (%s); it is computed again.", path, error)
            with contextlib.suppress(OSError):
                self._remove(key)
            return None
        with contextlib.suppress(OSError):  # the folder may be read-only
            os.utime(self._entry_path(key))  # the time of last use
        return CachedArray(array, entry.seconds, entry.other_load, True, bytes(entry.details))  # noqa: FBT003 (from_cache)

    def _is_intact(self, key: str, entry: _Entry) -> bool:
        """Whether an array's checksum is right; computed once per process unless the file changes."""
        path = self._array_path(key)
        status = path.stat()
        identity = (status.st_ino, status.st_size, status.st_mtime_ns)
        if self._checked.get(key) != identity:
            found = _sha256(path, entry.seconds, bytes(entry.details))
            if found == entry.sha256:
                self._checked[key] = identity
        return self._checked.get(key) == identity

    def _write(
        self,
        key: str,
        num_rows: int,
        compute: Callable[[], Iterable[NDArray[Any]]],
        describe: Callable[[], Any],
    ) -> CachedArray:
        path, timed = self._array_path(key), _Timed(compute())
        with LoadMeter() as load:
            replace_atomically(path, lambda temporary: write_parts(temporary, num_rows, timed))
        seconds = timed.seconds
        details = msgspec.json.encode(describe())
        entry = _Entry(
            format_version=_FORMAT_VERSION,
            seconds=seconds,
            other_load=load.others,
            details=msgspec.Raw(details),
            sha256=_sha256(path, seconds, details),
        )
        # Last, because an array without its entry does not count.
        write_atomically(self._entry_path(key), msgspec.json.encode(entry))
        return CachedArray(open_array(path), seconds, load.others, from_cache=False, details=details)

    def _evict(self) -> None:
        arrays = sorted(self._arrays())
        total = sum(size for _, size, _ in arrays)
        now = time.time()
        for used, size, key in arrays:
            if total <= self.limit_bytes or now - used < _RECENT_SECONDS:
                break
            with contextlib.suppress(OSError):  # it may belong to another user
                self._remove(key)
                total -= size
        for path in self.folder.glob(UNFINISHED):
            with contextlib.suppress(OSError):
                if now - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()

    def _remove(self, key: str) -> None:
        self._entry_path(key).unlink(missing_ok=True)
        self._array_path(key).unlink(missing_ok=True)

    def _arrays(self) -> Iterator[tuple[float, int, str]]:
        """Time of last use, size and key of every array."""
        for path in self.folder.glob("[!.]*.npy"):
            with contextlib.suppress(FileNotFoundError):
                entry = self._entry_path(path.stem)
                used = entry if entry.exists() else path
                yield used.stat().st_mtime, path.stat().st_size, path.stem

    def _array_path(self, key: str) -> Path:
        return self.folder / f"{key}.npy"

    def _entry_path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


@dataclass
class _Timed:
    """Measures the time that an iterable takes for its items, not what is done with them."""

    parts: Iterable[NDArray[Any]]
    seconds: float = 0.0

    def __iter__(self) -> Iterator[NDArray[Any]]:
        parts = iter(self.parts)
        while True:
            started = time.perf_counter()
            part = next(parts, None)
            self.seconds += time.perf_counter() - started
            if part is None:
                return
            yield part


def _sha256(path: Path, seconds: float, details: bytes) -> str:
    return checksum(path, repr(seconds).encode() + (b"" if details == b"null" else details))


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes; the system releases it when its owner ends, however it ends."""
    lock = FileLock(path)
    try:
        lock.acquire()
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be locked: {error.strerror}. Fix its permissions, or set TUNEBENCH_CACHE_DIR to "
            "your own folder."
        ) from error
    try:
        yield
    finally:
        # While it is held: a process that waits for it then locks a new file.
        with contextlib.suppress(OSError):
            path.unlink()
        lock.release()
