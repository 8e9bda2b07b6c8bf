"""Tell the user what is going on, on standard error: live in a terminal, in plain lines in a log."""

from tunebench.progress.base import Progress, SilentProgress
from tunebench.progress.estimate import Estimate, duration
from tunebench.progress.terminal_or_lines import choose

__all__ = ["Estimate", "Progress", "SilentProgress", "choose", "duration"]
