"""The files of a run, and how to read them: paths, record, ledger, predictions, timing. No Keras."""

from tunebench.runs.run import Run, Selection, find_runs, read_run, select_runs

__all__ = ["Run", "Selection", "find_runs", "read_run", "select_runs"]
