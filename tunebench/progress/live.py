"""A live display for terminals: a bar for the stage and, below it, one per running step."""

import math
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from tunebench.objectives import ACCURACY, Objective
from tunebench.plain_text import clean
from tunebench.progress.base import Progress
from tunebench.progress.estimate import Estimate, duration

if TYPE_CHECKING:
    from rich.progress import TaskID


class LiveProgress(Progress):
    """Draws bars with rich.

    Args:
        console: The terminal.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars: Bars | None = None
        self._estimate = Estimate(0)
        self._measured = ACCURACY.words
        # Running steps by name, in the order of their start.
        self._steps: dict[str, TaskID] = {}
        # The run of a study: its name, how many are finished and how many there are, and the time left.
        self._run: tuple[str, int, int, str] | None = None

    def note(self, message: str) -> None:
        """Print above the bars."""
        self._console.print(escape(clean(message)), highlight=False)

    def run(self, name: str, number: int, total: int, seconds_left: float) -> None:
        """Draw a bar for all runs above that of the stage, from the next stage on."""
        self._run = name, number - 1, total, f"about {duration(seconds_left)} left"
        self.note(f"{number}/{total} {name}")

    def begin(self, what: str, estimate: Estimate) -> None:
        """Draw the stage's bar."""
        self.end()
        self._estimate = estimate
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}"),
            console=self._console,
            transient=True,
        )
        if self._run is not None:
            name, done, runs, left = self._run
            self._bars.add_task(escape(name), total=runs, completed=done, note=left)
        self._stage = self._bars.add_task(
            escape(what), total=estimate.total, completed=estimate.done, note=""
        )
        self._bars.start()

    def step(self, name: str, detail: str = "", objective: Objective = ACCURACY) -> None:
        """Draw a bar for the step, with the description above it because it may be long."""
        self._measured = objective.words
        if detail:
            self.note(f"{name}: {detail}")
        if self._bars is not None:
            self._remove(name)
            self._steps[name] = self._bars.add_task(escape(name), total=None, note="")

    def epoch(self, epoch: int, epochs: int, value: float, step: str = "") -> None:
        """Advance the step's bar."""
        # A final training on the validation images too has no value.
        note = "" if math.isnan(value) else f"val. {self._measured} {value:.4f}"
        self._move(step, completed=epoch, total=epochs, note=note)

    def batch(self, done: int, total: int) -> None:
        """Advance the last step's bar through its preparation."""
        self._move("", completed=done, total=total, note="images through the frozen prefix")

    def images(self, done: int, total: int) -> None:
        """Draw a bar with the remaining time while image files are decoded."""
        if self._bars is None:
            self.begin("images decoded", Estimate(total))
        self._estimate.done = done
        if self._bars is not None:
            note = ", ".join(self._estimate.outlook(None))
            self._bars.update(self._stage, completed=done, note=note)
        if done == total:
            self.end()

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """Advance the stage's bar, show the best so far and the time left, and remove the step's bar."""
        self._estimate.step_done()
        outlook = ", ".join(self._estimate.outlook(best))
        if self._bars is not None:
            self._remove(step or next(reversed(self._steps), ""))
            self._bars.update(self._stage, completed=self._estimate.done, note=outlook)
        self.note(f"{self._estimate.counted} {f'{step}: ' if step else ''}{result}")

    def end(self) -> None:
        """Remove the bars; the notes stay."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
            self._steps.clear()

    def _move(self, step: str, **change: Any) -> None:
        name = step or next(reversed(self._steps), "")
        if self._bars is not None and name in self._steps:
            self._bars.update(self._steps[name], **change)

    def _remove(self, step: str) -> None:
        if self._bars is not None and step in self._steps:
            self._bars.remove_task(self._steps.pop(step))
