"""Progress on standard error: a live display in a terminal, plain lines elsewhere."""

import sys

from tunebench.progress.base import Progress, SilentProgress
from tunebench.progress.estimate import Estimate, duration
from tunebench.progress.lines import LineProgress

__all__ = ["Estimate", "Progress", "SilentProgress", "choose", "duration"]


def choose() -> Progress:
    """Choose a live display if standard error is a terminal, else plain lines."""
    if sys.stderr is None:  # a program without a console
        return SilentProgress()
    if not sys.stderr.isatty():
        return LineProgress(sys.stderr)
    from rich.console import Console  # noqa: PLC0415 (only needed in a terminal)

    from tunebench.progress.live import LiveProgress  # noqa: PLC0415 (only needed in a terminal)

    return LiveProgress(Console(stderr=True))
