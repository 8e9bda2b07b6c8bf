"""What other programs use of the processor, and of a GPU, while a training is timed."""

import os
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import psutil

from tunebench import gpu_load

# The system counts processor time in hundredths of a second, so shorter measurements are inaccurate.
_SHORTEST_SECONDS = 0.5
_BUSY = ("user", "nice", "system", "irq", "softirq", "steal")


@dataclass(frozen=True)
class Reading:
    """The clocks at one moment.

    Attributes:
        busy: Processor seconds used by all programs so far, on the cores that this process may use. On a
            virtual machine they include the time that its host gave to others.
        own: Processor seconds used by this process.
        now: Wall time in seconds.
        cores: Number of cores that this process may use.
    """

    busy: float
    own: float
    now: float
    cores: int


class LoadMeter:
    """Measures the load of other programs during a ``with`` block.

    Attributes:
        others: Average share of this process's cores that other programs used, or of its NVIDIA GPU if that
            is known and larger, from 0 to 1; ``None`` if the block was shorter than half a second or the
            system reports no processor times.
    """

    def __init__(self) -> None:
        self.others: float | None = None
        self._since = 0.0
        self._before: Reading | None = None

    def __enter__(self) -> Self:
        self._since = time.time()
        self._before = _read()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        after = _read()
        if self._before is not None and after is not None:
            self.others = others_share(self._before, after)
        if self.others is not None:
            self.others = max(self.others, gpu_load.others_share(self._since) or 0.0)


def combined(*parts: tuple[float | None, float]) -> float | None:
    """The load during several periods.

    Args:
        parts: The load, or ``None`` if unknown, and the seconds of each.

    Returns:
        The mean of the known loads weighted by time; ``None`` if less than half of the time is known.
    """
    known = [(load, seconds) for load, seconds in parts if load is not None]
    time_known = sum(seconds for _, seconds in known)
    if not time_known or time_known < sum(seconds for _, seconds in parts) / 2:
        return None
    return sum(load * seconds for load, seconds in known) / time_known


def others_share(before: Reading, after: Reading) -> float | None:
    """The share of the cores that other programs used between two readings.

    Returns:
        From 0 to 1; ``None`` if the readings are less than half a second apart.
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
