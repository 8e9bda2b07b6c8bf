"""Choose how to report by where standard error goes."""

import sys

from tunebench.progress.base import Progress, SilentProgress
from tunebench.progress.lines import LineProgress


def choose() -> Progress:
    """A live display where standard error is a terminal, plain lines elsewhere."""
    if sys.stderr is None:  # a program without a console
        return SilentProgress()
    if not sys.stderr.isatty():
        return LineProgress(sys.stderr)
    from rich.console import Console  # noqa: PLC0415 (only a terminal needs it)

    from tunebench.progress.live import LiveProgress  # noqa: PLC0415

    return LiveProgress(Console(stderr=True))
