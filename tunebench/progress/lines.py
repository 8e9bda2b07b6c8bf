"""Plain lines for logs and pipes: one at the start of a stage, one per finished step."""

import contextlib
from collections.abc import Callable
from typing import TextIO

from tunebench.progress.base import Progress
from tunebench.progress.estimate import Estimate


class LineProgress(Progress):
    """Writes plain lines.

    Args:
        stream: The destination.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._what = ""
        self._estimate = Estimate(0)

    def note(self, message: str) -> None:
        """Write the message; a closed stream does not stop the search."""
        with contextlib.suppress(OSError, ValueError):
            print(message, file=self._stream, flush=True)

    def begin(
        self, what: str, total: int | None, done: int = 0, time_left: Callable[[], float] | None = None
    ) -> None:
        """Write the number of steps and how many of them are already done."""
        self._what = what
        self._estimate = Estimate(total, done, time_left)
        planned = "as many as the time allows" if total is None else f"{total}"
        self.note(f"{what}: {planned}{f', {done} already done' if done else ''}")

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """Write the step's result, the best so far and the time left."""
        del step
        self._estimate.step_done()
        summary = [f"{self._what} {self._estimate.counted}: {result}", *self._estimate.outlook(best)]
        self.note(", ".join(summary))
