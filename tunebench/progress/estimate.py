"""How much time remains, and durations in words."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Estimate:
    """Remaining time from the steps finished in this session, or from when the stage has to end.

    Attributes:
        total: Steps of the stage; ``None``: as many as the time allows.
        done: Steps finished, those of an earlier session included.
        time_left: Seconds until the stage has to end; ``None``: nothing ends it but its last step.
        now: The clock, in seconds.
    """

    total: int | None
    done: int = 0
    time_left: Callable[[], float] | None = None
    now: Callable[[], float] = time.monotonic
    _began: float = field(init=False)
    _done_before: int = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.now()
        self._done_before = self.done

    def step_done(self) -> None:
        """Count a finished step."""
        self.done += 1

    @property
    def counted(self) -> str:
        """How many steps are done, of how many where that is known: ``3/20`` or ``3``."""
        return f"{self.done}" if self.total is None else f"{self.done}/{self.total}"

    def remaining_seconds(self) -> float | None:
        """Mean duration of this session's steps times the steps left, or the time left where it is shorter.

        Returns:
            Seconds; ``None`` before the first step ended.
        """
        here = self.done - self._done_before
        if here == 0:
            return None
        remaining = [] if self.time_left is None else [max(self.time_left(), 0.0)]
        if self.total is not None:
            remaining.append((self.now() - self._began) / here * max(self.total - self.done, 0))
        return min(remaining, default=None)


def duration(seconds: float) -> str:
    """A duration as a person says it: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if seconds < 9.95:  # noqa: PLR2004 (below ten a tenth matters, and 9.95 rounds to ten)
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:  # noqa: PLR2004 (seconds a minute)
        return f"{whole} s"
    minutes, whole = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004 (minutes an hour)
        return f"{minutes} min {whole} s" if whole else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
