"""Plain lines for logs and pipes: one at the start of a stage, one per finished step."""

import contextlib
import time
from typing import TextIO

from tunebench.plain_text import clean
from tunebench.progress.base import Progress
from tunebench.progress.estimate import Estimate, duration, plural

# Between lines about a step that is measured in parts.
_LINE_SECONDS = 10.0


class LineProgress(Progress):
    """Writes plain lines.

    Args:
        stream: The destination.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._what = ""
        self._estimate = Estimate(0)
        self._decoding = Estimate(0)
        self._next_line = 0.0

    def note(self, message: str) -> None:
        """Write the message; a closed stream does not stop the search."""
        with contextlib.suppress(OSError, ValueError):
            print(clean(message), file=self._stream, flush=True)

    def run(self, name: str, number: int, total: int, seconds_left: float) -> None:
        """Write which run of how many it is, and the time left for all of them."""
        self.note(f"Run {number} of {total}: {name} (about {duration(seconds_left)} left)")

    def begin(self, what: str, estimate: Estimate) -> None:
        """Write the number of steps and how many of them are already done."""
        self.note(self._planned(what, estimate))

    def images(self, done: int, total: int) -> None:
        """Write a line every few seconds, and none if all are decoded before the first."""
        if done <= self._decoding.done or total != self._decoding.total:
            self._decoding = Estimate(total)
            self._next_line = time.monotonic() + _LINE_SECONDS
        self._decoding.done = done
        if time.monotonic() >= self._next_line and done < total:
            self._next_line = time.monotonic() + _LINE_SECONDS
            self.note(", ".join([f"images decoded: {done:,} of {total:,}", *self._decoding.outlook(None)]))

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """Write the step's name, if it is told, its result, the best so far and the time left."""
        self._estimate.step_done()
        name = step.removeprefix(self._what).strip()
        summary = f"{self._what} {self._estimate.counted}{f' ({name})' if name else ''}: {result}"
        outlook = ", ".join(self._estimate.outlook(best))
        # A reason that is a sentence ends with a full stop.
        between = " So far: " if outlook and summary.endswith(".") else ", " if outlook else ""
        self.note(f"{summary}{between}{outlook}")

    def _planned(self, what: str, estimate: Estimate) -> str:
        """Start to count a stage's steps; returns the line that says how many there are."""
        self._what, self._estimate = what, estimate
        total, done = estimate.total, estimate.done
        planned = f"{what}s: as many as the time allows" if total is None else plural(total, what)
        return f"{planned}{f', {done} already done' if done else ''}"
