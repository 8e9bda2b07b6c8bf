"""The process between a search and Ray, and its guard.

Ray ends the process that uses it when its head dies, prints to its standard error, and after a ``kill -9``
leaves processes behind for a while. So the search does not use Ray itself; it starts::

    guard    stays when everything else has gone, and ends what is left
      bridge   Ray's driver: the pool of workers
        Ray's processes, workers among them, where Ray is started on this machine

Both end when the search does, however it ends.
"""

import contextlib
import ctypes
import os
import queue
import select
import shutil
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tunebench.errors import TunebenchError
from tunebench.tuning.parallel.messages import Fatal, Started

if TYPE_CHECKING:
    from tunebench.tuning.parallel.messages import Begin

# How long the bridge may take to shut Ray down.
_GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.05
_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Run as ``python -m tunebench.tuning.parallel.bridge DESCRIPTOR FOLDER``.

    ``DESCRIPTOR`` is the number of an open socket to the search; standard input is a pipe whose other end
    closes when the search ends. ``FOLDER`` is deleted at the end.
    """
    descriptor, folder = int(sys.argv[1]), Path(sys.argv[2])
    if not hasattr(os, "fork"):
        _bridge(Connection(descriptor), folder)
        return
    bridge = os.fork()
    if bridge:
        os.close(descriptor)
        _guard(bridge, folder)
    else:
        os.close(0)
        _bridge(Connection(descriptor), folder)


def _bridge(connection: Connection, folder: Path) -> None:
    outbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    # A thread of its own: a search that is busy does not read, and its own messages must be read meanwhile.
    threading.Thread(target=_send_all, args=(connection, outbox), daemon=True).start()
    status = 1
    with contextlib.suppress(EOFError, OSError):  # the search has ended
        try:
            _serve(connection, outbox, folder)
        except TunebenchError as error:
            outbox.put(Fatal(type(error).__name__, str(error)))
            # Until the search has read it and hangs up.
            while True:
                connection.recv_bytes()
    if "ray" in sys.modules:
        shut_down = threading.Thread(target=sys.modules["ray"].shutdown, daemon=True)
        shut_down.start()
        shut_down.join(_GRACE_SECONDS / 2)
        status = int(shut_down.is_alive())
    # Not through Ray's own handlers, which may wait for what is gone.
    os._exit(status)


def _serve(connection: Connection, outbox: "queue.SimpleQueue[Any]", folder: Path) -> None:
    from tunebench.errors import SearchError  # noqa: PLC0415 (beside what follows)
    from tunebench.tuning.parallel import ray_start, resources  # noqa: PLC0415 (not in the guard)

    begin: Begin = connection.recv()
    nodes = ray_start.start(begin.workers, begin.cluster, folder)
    division = resources.divide(nodes, begin.workers)
    from tunebench.tuning.parallel.pool import Pool, PoolError  # noqa: PLC0415 (imports Ray)

    pool = Pool(begin, division, outbox.put)
    outbox.put(Started(division.workers))
    try:
        while True:
            while connection.poll():
                pool.take(connection.recv())
            pool.work(_POLL_SECONDS)
    except PoolError as error:
        raise SearchError(
            f"{error} What was finished is kept; the same command goes on from there."
        ) from error


def _send_all(connection: Connection, outbox: "queue.SimpleQueue[Any]") -> None:
    with contextlib.suppress(OSError):
        while True:
            connection.send(outbox.get())


def _guard(bridge: int, folder: Path) -> None:
    """Wait for the end of the bridge, or of the search; then end whatever is left."""
    if sys.platform == "linux":
        # What loses its parent becomes a child of this process, and is found.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    deadline = None
    while os.waitpid(bridge, os.WNOHANG)[0] == 0:
        if deadline is None and select.select([0], [], [], 0.2)[0]:
            deadline = time.monotonic() + _GRACE_SECONDS
        elif deadline is not None:
            time.sleep(_POLL_SECONDS)
            if time.monotonic() > deadline:
                break
    _end_descendants()
    shutil.rmtree(folder, ignore_errors=True)


def _end_descendants() -> None:
    import psutil  # noqa: PLC0415 (not before it is needed)

    # Those that are ended may have had children that were not known yet.
    for _ in range(10):
        left = psutil.Process().children(recursive=True)
        if not left:
            return
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=1)


if __name__ == "__main__":
    main()
