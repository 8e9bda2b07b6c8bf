"""The same done to many inputs in several processes."""

import os
import time

import pytest

from tunebench.datasets.processes import in_processes
from tunebench.errors import DataUnavailableError


def late(number: int) -> tuple[int, int]:
    """The number and the process; even numbers take longer."""
    time.sleep(0.01 * (number % 2 == 0))
    return number, os.getpid()


def die(number: int) -> int:
    """End the process, as a system does that is out of memory."""
    os._exit(number)


def test_results_come_in_order() -> None:
    """From other processes, and an iteration that is left early does not spoil the next one."""
    assert next(in_processes(late, [(number,) for number in range(40)], several=True))[0] == 0
    found = list(in_processes(late, [(number,) for number in range(40)], several=True))
    assert [number for number, _ in found] == list(range(40))
    assert os.getpid() not in {process for _, process in found}


def test_a_process_that_ends_is_an_error_with_a_way_out() -> None:
    """The next command works again."""
    with pytest.raises(DataUnavailableError, match="perhaps because the memory was full"):
        list(in_processes(die, [(1,), (1,)], several=True))
    assert [number for number, _ in in_processes(late, [(1,), (2,)], several=True)] == [1, 2]
