"""The process between a search and Ray; see the package's docstring. It ends when the search does.

Run as ``python -m tunebench.tuning.parallel.bridge DESCRIPTOR FOLDER``, the leader of its own session.
``DESCRIPTOR`` is the number of an open socket to the search, ``FOLDER`` holds the files of a local Ray.
"""

import os
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tunebench.errors import SearchError, TunebenchError
from tunebench.tuning.parallel import ray_start
from tunebench.tuning.parallel.process import end_session
from tunebench.tuning.parallel.resources import divide


def main() -> None:
    """Serve the search until it hangs up, then end Ray."""
    connection, folder = Connection(int(sys.argv[1])), sys.argv[2]
    lock = threading.Lock()

    def send(message: Any) -> None:
        if isinstance(message, Exception) and not isinstance(message, TunebenchError):
            message = SearchError(f"Ray or a worker failed: {type(message).__name__}: {message}")
        with lock:
            connection.send(message)

    try:
        _serve(connection, send, Path(folder))
    except (EOFError, ConnectionError):
        pass
    finally:
        end_session(os.getpid(), folder)
        # Ray's own handlers may wait for processes that are gone.
        os._exit(0)


def _serve(connection: Connection, send: Callable[[Any], None], folder: Path) -> None:
    """Start Ray and pass the search's messages to the pool.

    Raises:
        EOFError: The search has hung up.
    """
    workers, cluster, setup, hang_seconds = connection.recv()
    try:
        division = divide(ray_start.start(workers, cluster, folder), workers)
        from tunebench.tuning.parallel.pool import Pool  # noqa: PLC0415 (imports Ray)

        pool = Pool(setup, division, hang_seconds, send)
    except Exception as error:  # noqa: BLE001 (the search reads it, raises it and hangs up)
        send(error)
        while True:
            connection.recv_bytes()
    send(("started", division.workers, division.gpus))
    while True:
        match connection.recv():
            case ("share", examples):
                pool.share(examples)
            case ("submit", trial_id, task):
                pool.submit(trial_id, task)
            case ("alone", alone):
                # New processes, because back ends do not give memory back.
                pool.close()
                part = division.alone if alone else division
                pool = Pool(setup, part, hang_seconds, send, pool.examples)


if __name__ == "__main__":
    main()
