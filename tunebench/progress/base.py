"""What can be reported while a command works."""

from collections.abc import Callable
from typing import Protocol


class Progress(Protocol):
    """Reports go one way: none returns anything, and none may fail a search."""

    def note(self, message: str) -> None:
        """A line that stays."""

    def begin(
        self, what: str, total: int | None, done: int = 0, time_left: Callable[[], float] | None = None
    ) -> None:
        """A stage begins.

        Args:
            what: What a step is.
            total: Steps of the stage; ``None``: as many as the time allows.
            done: Steps that were finished in an earlier session.
            time_left: Seconds until the stage has to end; ``None``: nothing ends it but its last step.
        """

    def step(self, name: str, detail: str = "") -> None:
        """A step of the stage begins, others perhaps being under way; ``detail`` describes it in a line."""

    def epoch(self, epoch: int, epochs: int, score: float, step: str = "") -> None:
        """An epoch (from 1) of a step, the last one unless it is named, ended with this val. accuracy."""

    def batch(self, done: int, total: int) -> None:
        """Part of the step's preparation is done, such as images passed through a frozen prefix."""

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """A step, the last one unless it is named, ended; ``best``: the best val. accuracy so far."""

    def end(self) -> None:
        """The stage ended, also when it ended early."""


class SilentProgress:
    """Says nothing."""

    def note(self, message: str) -> None:
        """Say nothing."""

    def begin(
        self, what: str, total: int | None, done: int = 0, time_left: Callable[[], float] | None = None
    ) -> None:
        """Say nothing."""

    def step(self, name: str, detail: str = "") -> None:
        """Say nothing."""

    def epoch(self, epoch: int, epochs: int, score: float, step: str = "") -> None:
        """Say nothing."""

    def batch(self, done: int, total: int) -> None:
        """Say nothing."""

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""
