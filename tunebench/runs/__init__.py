"""The files of a run, and how to read them: paths, record, ledger, predictions, timing. No Keras."""

from tunebench.runs.run import Run, read_run
from tunebench.runs.selection import Selection, find_runs, select_runs

__all__ = ["Run", "Selection", "find_runs", "read_run", "select_runs"]
