"""Processes that tests start."""

import contextlib
import os
from collections.abc import Iterator

import psutil


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """Check that no process that was started in the block is left."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) - before == set()


def below(process: psutil.Process) -> dict[psutil.Process, str]:
    """The processes that it started, and those started by them, with their command lines.

    Without those that have ended: some of Ray's live only for a moment, and then have no name.
    """
    found = {}
    for each in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            found[each] = " ".join(each.cmdline())
    return found


def trial_workers() -> list[int]:
    """Numbers of the processes of all trial workers of the search whose worker calls this.

    Other tests may run workers at the same time, which belong to the sessions of their own searches.
    """
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if "TrialWorker" in process.name() and os.getsid(process.pid) == os.getsid(0):
                found.append(process.pid)
    return found
