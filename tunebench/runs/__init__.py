"""What a run leaves on disk, and how it is read again: paths, record, ledger, predictions, timing. No Keras."""

from tunebench.runs.run import Run, Selection, find_runs, read_run, select_runs

__all__ = ["Run", "Selection", "find_runs", "read_run", "select_runs"]
