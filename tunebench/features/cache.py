"""The feature cache: arrays on disk under a key, checked when they are read, within a size limit."""

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from tunebench.features.array_file import hash_file, write_parts
from tunebench.features.lock import locked
from tunebench.files import make_folder, replace_atomically, write_atomically
from tunebench.machine_load import LoadMeter
from tunebench.user_cache import cache_folder

DEFAULT_LIMIT_BYTES = 10 * 2**30

# 1: the first format.
_FORMAT_VERSION = 1
# A file that was being written and has not grown for so long belongs to a process that was killed.
_ABANDONED_SECONDS = 3600
_log = logging.getLogger(__name__)


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the ``.json`` beside an array."""

    format_version: int
    seconds: float
    other_load: float | None = None
    # Of the array's file and then of ``seconds``, so that neither can change unnoticed.
    sha256: str


@dataclass(frozen=True, eq=False)
class CachedArray:
    """An array out of the cache.

    Attributes:
        array: Memory-mapped and read-only.
        seconds: What computing it took, when it was computed.
        other_load: Share of the processor cores that other programs kept busy meanwhile, where it is known.
        was_there: Whether it came from the cache; if not, it was computed just now.
    """

    array: NDArray[np.float32]
    seconds: float
    other_load: float | None
    was_there: bool


@dataclass(frozen=True)
class CacheUsage:
    """How full a cache is.

    Attributes:
        folder: Where it lies.
        num_arrays: How many arrays it holds.
        size_bytes: Their size.
        limit_bytes: The size above which the least recently used are removed.
    """

    folder: Path
    num_arrays: int
    size_bytes: int
    limit_bytes: int


class FeatureCache:
    """Arrays on disk, each with what it cost to compute.

    Processes that need the same array at once compute it once. A damaged array is computed again.

    Args:
        folder: Where they lie; ``None`` takes ``features`` in the user cache. Created when first written.
        limit_bytes: When the arrays take more, the least recently used are removed, but never the newest.
    """

    def __init__(self, folder: Path | None = None, *, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.folder = cache_folder() / "features" if folder is None else folder
        self.limit_bytes = limit_bytes
        # What this process has checked, by key: the file's identity, size and time of change.
        self._checked: dict[str, tuple[int, ...]] = {}

    def get_or_compute(
        self, key: str, num_rows: int, compute: Callable[[], Iterable[NDArray[np.float32]]]
    ) -> CachedArray:
        """The array under a key; computed and written where it is not there, or damaged.

        Args:
            key: A file name that says what the array is.
            num_rows: The array's length, 1 or more.
            compute: Gives the array in parts along its first axis.

        Returns:
            The array of shape ``(num_rows, …)``, and what it cost.

        Raises:
            RunFolderError: The folder cannot be written or locked, or the disk is full.
        """
        if found := self._read(key, num_rows):
            return found
        make_folder(self.folder)
        with locked(self.folder / f"{key}.lock"):
            # Another process may have written it meanwhile.
            if found := self._read(key, num_rows, say_damage=True):
                return found
            written = self._write(key, num_rows, compute)
        self._evict(keep=key)
        return written

    def usage(self) -> CacheUsage:
        """How many arrays there are, and their size."""
        sizes = [size for _, size, _ in self._arrays()]
        return CacheUsage(self.folder, len(sizes), sum(sizes), self.limit_bytes)

    def clear(self) -> None:
        """Remove every array."""
        for _, _, key in self._arrays():
            self._remove(key)

    def _read(self, key: str, num_rows: int, *, say_damage: bool = False) -> CachedArray | None:
        try:
            entry = msgspec.json.decode(self._entry_path(key).read_bytes(), type=_Entry)
            if entry.format_version != _FORMAT_VERSION or not self._is_intact(key, entry):
                raise ValueError("its checksum differs")  # noqa: TRY301 (one place says that it is damaged)
            array = _map(self._array_path(key))
            if array.shape[:1] != (num_rows,):
                raise ValueError(f"it has shape {array.shape}")  # noqa: TRY301 (as above)
        except FileNotFoundError:
            return None
        # numpy's errors on a foreign file are ValueErrors.
        except (OSError, ValueError, msgspec.DecodeError) as error:
            _log.log(
                logging.WARNING if say_damage else logging.DEBUG,
                "The cached features %s are damaged (%s); they are computed again.",
                self._array_path(key),
                error,
            )
            return None
        with contextlib.suppress(OSError):
            # The time of last use; a folder that can only be read is of use too.
            os.utime(self._entry_path(key))
        return CachedArray(array, entry.seconds, entry.other_load, was_there=True)

    def _is_intact(self, key: str, entry: _Entry) -> bool:
        """Whether an array's file is as it was written; read once per process and change of the file."""
        path = self._array_path(key)
        status = path.stat()
        identity = (status.st_ino, status.st_size, status.st_mtime_ns)
        if self._checked.get(key) == identity:
            return True
        digest = hash_file(path)
        digest.update(repr(entry.seconds).encode())
        if digest.hexdigest() != entry.sha256:
            return False
        self._checked[key] = identity
        return True

    def _write(
        self, key: str, num_rows: int, compute: Callable[[], Iterable[NDArray[np.float32]]]
    ) -> CachedArray:
        started = time.perf_counter()
        made = []

        def write(path: Path) -> None:
            digest = write_parts(path, num_rows, compute())
            # Mapped before it is in its place: from then on, another process that is above the limit may
            # remove it, and what is mapped can still be read.
            made.append((digest, _map(path)))

        with LoadMeter() as load:
            replace_atomically(self._array_path(key), write)
        seconds = time.perf_counter() - started
        ((digest, array),) = made
        digest.update(repr(seconds).encode())
        entry = _Entry(
            format_version=_FORMAT_VERSION,
            seconds=seconds,
            other_load=load.others,
            sha256=digest.hexdigest(),
        )
        # After the array: without it the array does not count.
        write_atomically(self._entry_path(key), msgspec.json.encode(entry))
        return CachedArray(array, seconds, load.others, was_there=False)

    def _evict(self, *, keep: str) -> None:
        arrays = sorted(self._arrays())
        total = sum(size for _, size, _ in arrays)
        for _, size, key in arrays:
            if total <= self.limit_bytes:
                break
            # What belongs to another user may have to stay.
            with contextlib.suppress(OSError):
                if key != keep:
                    self._remove(key)
                    total -= size
        for path in self.folder.glob(".writing-*"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()

    def _remove(self, key: str) -> None:
        self._entry_path(key).unlink(missing_ok=True)
        self._array_path(key).unlink(missing_ok=True)

    def _arrays(self) -> Iterable[tuple[float, int, str]]:
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


def _map(path: Path) -> NDArray[np.float32]:
    array: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return array
