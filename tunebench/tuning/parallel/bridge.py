"""The process between a search and Ray; see the package's docstring. It ends when the search does.

Run as ``python -m tunebench.tuning.parallel.bridge DESCRIPTOR FOLDER``, the leader of its own session.
``DESCRIPTOR`` is the number of an open socket to the search, ``FOLDER`` holds the files of a local Ray.
"""

import contextlib
import os
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tunebench.errors import TunebenchError
from tunebench.tuning.parallel import ray_start
from tunebench.tuning.parallel.process import end_session
from tunebench.tuning.parallel.resources import divide


def main() -> None:
    """Serve the search until it hangs up, then end Ray."""
    connection, folder = Connection(int(sys.argv[1])), sys.argv[2]
    try:
        with contextlib.suppress(EOFError, ConnectionResetError):
            _serve(connection, Path(folder))
    except Exception:  # noqa: BLE001 (the search quotes the last line)
        traceback.print_exc()
    finally:
        end_session(os.getpid(), folder)
        # Ray's own handlers may wait for processes that are gone.
        os._exit(0)


def _serve(connection: Connection, folder: Path) -> None:
    lock = threading.Lock()

    def send(message: Any) -> None:
        with lock:
            connection.send(message)

    workers, cluster, setup, hang_seconds = connection.recv()
    try:
        division = divide(ray_start.start(workers, cluster, folder), workers)
    except TunebenchError as error:
        send(error)
        # Until the search has read it and hangs up.
        while True:
            connection.recv_bytes()
    from tunebench.tuning.parallel.pool import Pool  # noqa: PLC0415 (imports Ray)

    pool = Pool(setup, division, hang_seconds, send)
    send(("started", division.workers))
    while True:
        match connection.recv():
            case ("share", examples):
                pool.share(examples)
            case ("submit", trial_id, task):
                pool.submit(trial_id, task)


if __name__ == "__main__":
    main()
