"""How much time remains, and durations in words."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Estimate:
    """Remaining time from the steps finished in this session.

    Attributes:
        total: Steps of the stage.
        done: Steps finished, those of an earlier session included.
    """

    total: int
    done: int = 0
    now: Callable[[], float] = time.monotonic
    _began: float = field(init=False)
    _done_before: int = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.now()
        self._done_before = self.done

    def step_done(self) -> None:
        """Count a finished step."""
        self.done += 1

    def remaining_seconds(self) -> float | None:
        """Mean duration of this session's steps times the steps left; ``None`` before the first ended."""
        here = self.done - self._done_before
        if here == 0:
            return None
        return (self.now() - self._began) / here * max(self.total - self.done, 0)


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
