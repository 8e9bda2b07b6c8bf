"""Progress in a notebook: a line that follows a stage's running step, and below it one per finished step."""

import math
import sys
import time
from typing import Any

from tunebench.objectives import ACCURACY, Objective
from tunebench.plain_text import clean
from tunebench.progress.estimate import Estimate
from tunebench.progress.lines import LineProgress

# A notebook's server drops messages that come too fast.
_SECONDS = 0.2


def in_notebook() -> bool:
    """Whether this process is the kernel of a notebook."""
    ipython: Any = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


class NotebookProgress(LineProgress):
    """Writes to the output of the cell that runs."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)
        self._running: Any = None
        self._stage = ""
        self._measured = ACCURACY.words
        self._last = ""
        self._next = 0.0

    def begin(self, what: str, estimate: Estimate) -> None:
        """Start the line, with the number of steps."""
        from IPython.display import display  # noqa: PLC0415 (a notebook has it)

        self._stage = self._planned(what, estimate)
        self._running = display({"text/plain": self._stage}, raw=True, display_id=True)

    def step(self, name: str, detail: str = "", objective: Objective = ACCURACY) -> None:
        """Show what is tried."""
        self._last, self._measured = name, objective.words
        self._show(f"{name}: {detail}" if detail else name, at_once=True)

    def epoch(self, epoch: int, epochs: int, value: float, step: str = "") -> None:
        """Show the epoch and its value."""
        # A final training on the validation images too has no value.
        measured = "" if math.isnan(value) else f", val. {self._measured} {value:.4f}"
        self._show(f"{step or self._last}: epoch {epoch} of {epochs}{measured}")

    def batch(self, done: int, total: int) -> None:
        """Show how far the frozen features are."""
        self._show(f"{self._last}: {done:,} of {total:,} images through the frozen prefix")

    def end(self) -> None:
        """Leave the number of steps above those that are finished."""
        self._show("", at_once=True)
        self._running = None

    def _show(self, text: str, *, at_once: bool = False) -> None:
        if self._running is not None and (at_once or time.monotonic() >= self._next):
            self._next = time.monotonic() + _SECONDS
            shown = f"{self._stage}, now {text}" if text else self._stage
            self._running.update({"text/plain": clean(shown)}, raw=True)
