"""The search's end of the bridge."""

import time
from multiprocessing import Pipe

import pytest

from tunebench.errors import OutOfTimeError
from tunebench.tuning.parallel.process import Bridge


def test_a_message_is_waited_for_until_a_time() -> None:
    """After that none is received, also if there is one."""
    bridge = object.__new__(Bridge)
    bridge._connection, other = Pipe()
    other.send("early")
    assert bridge.receive(time.monotonic() + 600) == "early"
    with pytest.raises(OutOfTimeError):
        bridge.receive(time.monotonic() + 0.01)
    other.send("late")
    with pytest.raises(OutOfTimeError):
        bridge.receive(time.monotonic())
