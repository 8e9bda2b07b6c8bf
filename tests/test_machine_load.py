"""How busy other programs keep the machine."""

import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebench import environment
from tunebench.machine_load import LoadMeter, Reading, combined, others_share

SECONDS = st.floats(0, 1e6)


def spin(seconds: float) -> None:
    """Keep one core busy."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_ones_own_work_is_nobody_elses() -> None:
    """Every training would be called disturbed by itself."""
    with LoadMeter() as working:
        spin(1.5)
    with LoadMeter() as resting:
        time.sleep(1.5)
    assert working.others is not None
    assert resting.others is not None
    # Whatever else runs here ran during both.
    assert working.others < resting.others + 0.5 / environment.num_cpus()


def test_another_program_is_seen() -> None:
    """Times taken beside another search would be compared with those of a quiet machine."""
    endless = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(endless) for _ in range(environment.num_cpus())]
    try:
        time.sleep(0.3)
        with LoadMeter() as meter:
            time.sleep(1.5)
    finally:
        for process in others:
            process.kill()
            process.wait()
    assert meter.others is not None
    assert meter.others > 0.7


def test_what_is_too_short_to_tell_is_not_told() -> None:
    """A training of a fifth of a second would be called disturbed for a tick of the system's clock."""
    with LoadMeter() as meter:
        pass
    assert meter.others is None


@given(SECONDS, SECONDS, st.floats(0.5, 1e6), st.integers(1, 512))
def test_a_share_is_from_nought_to_one(busy: float, own: float, seconds: float, cores: int) -> None:
    """Clocks of different steps give less than nothing, or more than all; the record would be refused."""
    share = others_share(Reading(0, 0, 0, cores), Reading(busy, own, seconds, cores))
    assert share is not None
    assert 0 <= share <= 1


@pytest.mark.parametrize(("busy", "own", "share"), [(20.0, 20.0, 0.0), (20.0, 15.0, 0.25), (12.0, 2.0, 0.5)])
def test_the_share_is_of_all_cores(busy: float, own: float, share: float) -> None:
    """One busy core of two would be called a machine that is wholly busy."""
    assert others_share(Reading(5, 1, 100, 2), Reading(5 + busy, 1 + own, 110, 2)) == pytest.approx(share)


def test_features_out_of_the_cache_bring_their_load_with_them() -> None:
    """A headline that is mostly a prefix, computed beside a search, would be called undisturbed."""
    assert combined((0.5, 90), (0.0, 10)) == pytest.approx(0.45)
    assert combined((None, 10), (0.2, 90)) == pytest.approx(0.2)
    assert combined((None, 90), (0.2, 10)) is None
    assert combined((None, 0)) is None
    assert combined() is None
