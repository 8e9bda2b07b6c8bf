"""The load of other programs is measured."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebench import environment
from tunebench.machine_load import LoadMeter, Reading, combined, others_share

SECONDS = st.floats(0, 1e6)


def test_only_other_programs_count() -> None:
    """A busy process beside this one does, this process's own work does not."""
    endless = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(endless) for _ in range(environment.num_cpus())]
    try:
        with LoadMeter() as waiting:
            time.sleep(0.7)
        until = time.perf_counter() + 0.7
        with LoadMeter() as working:
            while time.perf_counter() < until:
                pass
    finally:
        for process in others:
            process.kill()
            process.wait()
    assert waiting.others is not None
    assert waiting.others > 0.7
    assert working.others is not None
    assert working.others < 1


def test_a_short_block_is_not_measured() -> None:
    """Below half a second the system's clock is too coarse."""
    with LoadMeter() as meter:
        pass
    assert meter.others is None


@given(SECONDS, SECONDS, st.floats(0.5, 1e6), st.integers(1, 512))
def test_a_share_is_between_zero_and_one(busy: float, own: float, seconds: float, cores: int) -> None:
    """Whatever clocks of different resolution report."""
    share = others_share(Reading(0, 0, 0, cores), Reading(busy, own, seconds, cores))
    assert share is not None
    assert 0 <= share <= 1


@pytest.mark.parametrize(("busy", "own", "share"), [(20.0, 20.0, 0.0), (20.0, 15.0, 0.25), (12.0, 2.0, 0.5)])
def test_the_share_is_of_all_cores(busy: float, own: float, share: float) -> None:
    """One busy core of two is a share of a half."""
    assert others_share(Reading(5, 1, 100, 2), Reading(5 + busy, 1 + own, 110, 2)) == pytest.approx(share)


def test_loads_are_combined_by_time() -> None:
    """The result is unknown if less than half of the time is known."""
    assert combined((0.5, 90), (0.0, 10)) == pytest.approx(0.45)
    assert combined((None, 10), (0.2, 90)) == pytest.approx(0.2)
    assert combined((None, 90), (0.2, 10)) is None
    assert combined((None, 0)) is None
    assert combined() is None
