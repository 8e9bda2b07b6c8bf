"""A lock between processes that a dead owner cannot hold."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tunebench.errors import RunFolderError

if sys.platform != "win32":
    import fcntl


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that a file stands for; wait while another process (or thread) holds it.

    The operating system releases it when its owner ends, however it ends. Where the system has no such locks
    (Windows), nothing is locked: two processes may then do the same work, and either's result is right.

    Args:
        path: The file; created, and removed again at the end.

    Raises:
        RunFolderError: It cannot be opened or locked, for instance because it is another user's.
    """
    if sys.platform == "win32":
        yield
        return
    try:
        descriptor = _acquire(path)
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be locked: {error.strerror}. Mend its permissions, or set TUNEBENCH_CACHE_DIR to "
            "a folder of your own."
        ) from error
    try:
        yield
    finally:
        # Removed while still held, so that nobody can lock a file that is about to vanish. Where it is
        # another user's, it may have to stay.
        with contextlib.suppress(OSError):
            path.unlink()
        os.close(descriptor)


def _acquire(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _is_the_file(descriptor, path):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # The owner that was waited for has removed the file; lock the one that stands there now.
        os.close(descriptor)


def _is_the_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
