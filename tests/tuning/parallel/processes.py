"""Processes that tests start."""

import contextlib
from collections.abc import Iterator

import psutil


@contextlib.contextmanager
def nothing_left() -> Iterator[None]:
    """Check that no process that was started in the block is left."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) - before == set()
