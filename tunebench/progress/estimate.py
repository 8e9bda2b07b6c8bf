"""Remaining time, and durations in words."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Estimate:
    """Remaining time, from the steps of a stage finished in this session, what follows it and a time limit.

    Attributes:
        total: Number of steps; ``None`` if only the time limits them.
        done: Finished steps, including those of earlier sessions.
        time_left: Seconds until everything has to end, if there is a time limit.
        afterwards: Seconds of what follows the stage, if anything does.
        now: The clock, in seconds.
    """

    total: int | None
    done: int = 0
    time_left: Callable[[], float] | None = None
    afterwards: Callable[[], float] | None = None
    now: Callable[[], float] = time.monotonic
    _started: float = field(init=False)
    _done_before: int = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.now()
        self._done_before = self.done

    def step_done(self) -> None:
        """Count a finished step."""
        self.done += 1

    @property
    def counted(self) -> str:
        """Finished steps and, if known, their total: ``3/20`` or ``3``."""
        return f"{self.done}" if self.total is None else f"{self.done}/{self.total}"

    def remaining_seconds(self) -> float | None:
        """The steps left, as long as the mean of this session's, and what follows; at most the time left.

        Returns:
            Seconds; ``None`` before the first step has finished.
        """
        here = self.done - self._done_before
        if here == 0:
            return None
        remaining = [] if self.time_left is None else [max(self.time_left(), 0.0)]
        if self.total is not None:
            steps = (self.now() - self._started) / here * max(self.total - self.done, 0)
            remaining.append(steps + (self.afterwards() if self.afterwards else 0.0))
        return min(remaining, default=None)

    def outlook(self, best: float | None) -> list[str]:
        """The best score so far and the remaining time, in words, as far as they are known."""
        known = [] if best is None else [f"best {best:.4f}"]
        remaining = self.remaining_seconds()
        return [*known, f"about {duration(remaining)} left"] if remaining else known


def duration(seconds: float, space: str = " ") -> str:
    """A duration in words: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``.

    Args:
        seconds: The duration.
        space: Between a number and its unit.
    """
    if seconds < 9.95:  # noqa: PLR2004 (9.95 rounds to ten)
        return f"{seconds:.1f}{space}s"
    total = round(seconds)
    if total < 60:  # noqa: PLR2004 (seconds per minute)
        return f"{total}{space}s"
    parts = [(total // 60, "min"), (total % 60, "s")]
    if total >= 3600:  # noqa: PLR2004 (seconds per hour)
        parts = [(total // 3600, "h"), (total // 60 % 60, "min")]
    return " ".join(f"{number}{space}{unit}" for number, unit in parts if number)


def plural(number: int, noun: str) -> str:
    """A number of things: ``1 trial``, ``1,200 trials``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
