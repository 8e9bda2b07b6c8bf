"""The search's end of the bridge: start it, exchange messages with it, and end it with all its processes."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import psutil

import tunebench
from tunebench.errors import OutOfTimeError, SearchError

_END_SECONDS = 10.0


class Bridge:
    """A running bridge; see :mod:`tunebench.tuning.parallel.bridge`."""

    def __init__(self) -> None:
        # For Ray's sockets, whose paths have to be short.
        short = Path("/tmp")  # noqa: S108 (mkdtemp makes a private folder)
        self._folder = tempfile.mkdtemp(prefix="tb-", dir=short if os.access(short, os.W_OK) else None)
        self._connection, other = Pipe()
        root = str(Path(tunebench.__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        module = "tunebench.tuning.parallel.bridge"
        with other:
            self._process = subprocess.Popen(  # noqa: S603 (this program)
                [sys.executable, "-P", "-m", module, str(other.fileno()), self._folder],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                env={**os.environ, "PYTHONPATH": path},
                # Ctrl-C reaches the search only. All of Ray's processes stay in this session.
                start_new_session=True,
            )

    def send(self, message: Any) -> None:
        """Send a message.

        Raises:
            SearchError: The bridge has ended.
        """
        try:
            self._connection.send(message)
        except OSError as error:
            raise _ended() from error

    def receive(self, until: float | None = None) -> Any:
        """Wait for a message, at most until a time by ``time.monotonic()``.

        Raises:
            OutOfTimeError: The time is up.
            SearchError: The bridge has ended.
        """
        left = None if until is None else until - time.monotonic()
        try:
            if left is not None and (left <= 0 or not self._connection.poll(left)):
                raise OutOfTimeError("The time is up.")
            return self._connection.recv()
        except (EOFError, OSError) as error:
            raise _ended() from error

    def close(self) -> None:
        """End the bridge and all of Ray's processes on this machine that it started."""
        self._connection.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        end_session(self._process.pid, self._folder)
        self._process.wait()


def end_session(session: int, folder: str) -> None:
    """Kill all processes of a session except the calling one, and delete its folder."""
    deadline = time.monotonic() + _END_SECONDS
    while time.monotonic() < deadline and (members := _members(session)):
        for process in members:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(members, timeout=0.1)
    shutil.rmtree(folder, ignore_errors=True)


def _ended() -> SearchError:
    return SearchError(
        "Ray ended on this machine. Finished trials are kept; rerun the same command to resume."
    )


def _members(session: int) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if (
                process.pid != os.getpid()
                and os.getsid(process.pid) == session
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                members.append(process)
    return members
