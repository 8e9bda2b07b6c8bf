"""The search's end of the bridge: start it, talk to it, and have it end."""

import contextlib
import os
import subprocess
import sys
import tempfile
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import tunebench
from tunebench.errors import SearchError

# Longer than the bridge and its guard take.
_END_SECONDS = 20.0
_LAST_WORDS = 200


class Bridge:
    """A running bridge; see :mod:`tunebench.tuning.parallel.bridge`."""

    def __init__(self) -> None:
        # Sockets lie in the folder, whose paths have to be short.
        short = Path("/tmp")  # noqa: S108 (made by mkdtemp, for the user alone)
        folder = tempfile.mkdtemp(prefix="tb-", dir=short if os.access(short, os.W_OK) else None)
        self._connection, other = Pipe()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the bridge)
        root = str(Path(tunebench.__file__).parents[1])
        path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
        with other:
            self._process = subprocess.Popen(  # noqa: S603 (this program)
                [sys.executable, "-P", "-m", "tunebench.tuning.parallel.bridge", str(other.fileno()), folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
                pass_fds=[other.fileno()],
                env={**os.environ, "PYTHONPATH": path},
                # Ctrl-C is for the search, which then ends the bridge.
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
            raise self._ended() from error

    def receive(self) -> Any:
        """Wait for a message.

        Raises:
            SearchError: The bridge has ended.
        """
        try:
            return self._connection.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error

    def close(self) -> None:
        """Have the bridge and everything behind it end, and wait for that."""
        self._connection.close()
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _ended(self) -> SearchError:
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        words = f" (its last words: {lines[-1][-_LAST_WORDS:].strip()})" if lines else ""
        return SearchError(
            f"Ray ended unexpectedly{words}. What was finished is kept; the same command goes on from there."
        )
