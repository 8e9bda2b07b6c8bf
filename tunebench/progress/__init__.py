"""Progress: a live display in a terminal, lines in a notebook's cell, plain lines elsewhere."""

import sys

from tunebench.errors import TunebenchError
from tunebench.progress.base import Progress, SilentProgress
from tunebench.progress.estimate import Estimate, duration, plural
from tunebench.progress.lines import LineProgress
from tunebench.progress.notebook import NotebookProgress, in_notebook

__all__ = ["Estimate", "Progress", "SilentProgress", "choose", "duration", "plural", "shown"]


def shown(asked: Progress | bool | None) -> Progress:  # noqa: FBT001 (as a library's caller writes it)
    """The progress of a call of the library.

    Args:
        asked: Whether it is shown, or what receives it. ``None``: it is shown in an interactive session (a
            notebook, IPython, Python's prompt), because a person waits there; a script stays silent.

    Raises:
        TunebenchError: It is something else.
    """
    if isinstance(asked, Progress):
        return asked
    if asked is not None and not isinstance(asked, bool):
        raise TunebenchError(
            f"progress={asked!r} is not valid. Expected True, False or an object of "
            "tunebench.progress.Progress."
        )
    return choose() if (hasattr(sys, "ps1") if asked is None else asked) else SilentProgress()


def choose() -> Progress:
    """Choose a display for a notebook or a terminal, else plain lines on standard error."""
    if in_notebook():
        return NotebookProgress()
    if sys.stderr is None:  # a program without a console
        return SilentProgress()
    if not sys.stderr.isatty():
        return LineProgress(sys.stderr)
    from rich.console import Console  # noqa: PLC0415 (only needed in a terminal)

    from tunebench.progress.live import LiveProgress  # noqa: PLC0415 (only needed in a terminal)

    return LiveProgress(Console(stderr=True))
