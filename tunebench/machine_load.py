"""How busy other programs keep the processors while a training is timed."""

import os
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

# The system counts processor time in hundredths of a second: a shorter measurement says little.
_SHORTEST_SECONDS = 0.5
_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


@dataclass(frozen=True)
class Reading:
    """The clocks at one moment.

    Attributes:
        busy: Processor seconds of all programs so far, on the cores that this process may use. Where the
            machine is a virtual one, what its host gave to others is among them.
        own: Those of this process.
        now: Wall time in seconds.
        cores: How many cores this process may use.
    """

    busy: float
    own: float
    now: float
    cores: int


class LoadMeter:
    """Measures the load that other programs put on the machine during a block.

    Attributes:
        others: Share of the processor cores of this process that others kept busy on average, from 0 to 1;
            ``None`` where the block was shorter than half a second, or the system does not tell.
    """

    def __init__(self) -> None:
        self.others: float | None = None
        self._before: Reading | None = None

    def __enter__(self) -> Self:
        self._before = _read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        after = _read()
        if self._before is not None and after is not None:
            self.others = others_share(self._before, after)


def combined(*parts: tuple[float | None, float]) -> float | None:
    """The load during several stretches of time.

    Args:
        parts: The load, or ``None`` where it is not known, and the seconds of each.

    Returns:
        The mean by time of what is known; ``None`` where that is less than half of the time.
    """
    known = [(load, seconds) for load, seconds in parts if load is not None]
    time_known = sum(seconds for _, seconds in known)
    if not time_known or time_known < sum(seconds for _, seconds in parts) / 2:
        return None
    return sum(load * seconds for load, seconds in known) / time_known


def others_share(before: Reading, after: Reading) -> float | None:
    """The share of the cores that other programs kept busy between two readings.

    Args:
        before: At the beginning.
        after: At the end.

    Returns:
        A share from 0 to 1; ``None`` where less than half a second lies between them.
    """
    seconds = after.now - before.now
    if seconds < _SHORTEST_SECONDS:
        return None
    others = (after.busy - before.busy) - (after.own - before.own)
    return min(1.0, max(0.0, others / (seconds * after.cores)))


def _read() -> Reading | None:
    try:
        each = psutil.cpu_times(percpu=True)
    except (OSError, RuntimeError, psutil.Error):
        return None
    if hasattr(os, "sched_getaffinity"):
        mine = os.sched_getaffinity(0)
        each = [times for number, times in enumerate(each) if number in mine] or each
    busy = sum(getattr(times, kind, 0.0) for times in each for kind in _BUSY)
    return Reading(busy, time.process_time(), time.perf_counter(), max(1, len(each)))
