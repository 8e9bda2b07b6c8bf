"""Plain lines for logs and pipes: one when a stage begins, one a finished step."""

import contextlib
from collections.abc import Callable
from typing import TextIO

from tunebench.progress.estimate import Estimate, duration


class LineProgress:
    """Writes plain lines.

    Args:
        stream: Where to.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._what = ""
        self._estimate = Estimate(0)

    def note(self, message: str) -> None:
        """Write the message; a reader that went away ends no search."""
        with contextlib.suppress(OSError, ValueError):
            print(message, file=self._stream, flush=True)

    def begin(
        self, what: str, total: int | None, done: int = 0, time_left: Callable[[], float] | None = None
    ) -> None:
        """Say what begins, and what an earlier session left to do."""
        self._what = what
        self._estimate = Estimate(total, done, time_left)
        earlier = f", {done} of them done before" if done else ""
        self.note(f"{what}: {'as many as the time allows' if total is None else total}{earlier}")

    def step(self, name: str, detail: str = "") -> None:
        """Nothing: the line comes when the step is finished."""

    def epoch(self, epoch: int, epochs: int, score: float, step: str = "") -> None:
        """Nothing: a log is no place for every epoch."""

    def batch(self, done: int, total: int) -> None:
        """Nothing."""

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """Write the step's result, the best so far and what remains."""
        del step
        self._estimate.step_done()
        parts = [f"{self._what} {self._estimate.counted}: {result}"]
        if best is not None:
            parts.append(f"best {best:.4f}")
        remaining = self._estimate.remaining_seconds()
        if remaining:
            parts.append(f"about {duration(remaining)} left")
        self.note(", ".join(parts))

    def end(self) -> None:
        """Nothing."""
