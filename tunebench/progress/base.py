"""Progress reports of a command; the base class ignores all of them."""

import logging

from tunebench.objectives import ACCURACY, Objective
from tunebench.plain_text import clean
from tunebench.progress.estimate import Estimate


class Progress:
    """Receives progress events. No method returns anything, and none may fail a search."""

    def note(self, message: str) -> None:
        """Show a line that stays."""

    def warn(self, message: str) -> None:
        """Show a line that a user should know before hours are spent."""
        self.note(message)

    def run(self, name: str, number: int, total: int, seconds_left: float) -> None:
        """A run of a study starts: its name, which of how many it is, and about how long they take still."""

    def begin(self, what: str, estimate: Estimate) -> None:
        """A stage starts.

        Args:
            what: The name of a step, such as ``trial``.
            estimate: Of the time left; knows how many steps there are, and counts those it is told of.
        """

    def step(self, name: str, detail: str = "", objective: Objective = ACCURACY) -> None:
        """A step starts, perhaps while others are running.

        Args:
            name: Of the step.
            detail: Describes it in a line.
            objective: What its epochs report.
        """

    def epoch(self, epoch: int, epochs: int, value: float, step: str = "") -> None:
        """An epoch (from 1) of a step finished with this value of the objective; default: the last step."""

    def batch(self, done: int, total: int) -> None:
        """Part of a step's preparation is done, such as images passed through a frozen prefix."""

    def images(self, done: int, total: int) -> None:
        """Image files have been decoded: so many of all."""

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """A step finished (default: the last one); ``best`` is the best value so far."""

    def end(self) -> None:
        """The stage ended or was stopped."""


class SilentProgress(Progress):
    """Reports nothing but warnings, to the logger ``tunebench``; Python prints them to standard error."""

    def warn(self, message: str) -> None:
        """Log it."""
        logging.getLogger("tunebench").warning("%s", clean(message))
