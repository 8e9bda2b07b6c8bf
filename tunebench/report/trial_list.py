"""A run's trials in the formats of ``tunebench show``."""

import json
from typing import Any, Literal

from tunebench.records import TrialRecord
from tunebench.report import formats, markdown, tables, terminal
from tunebench.runs import Run

Format = Literal["table", "csv", "json", "markdown"]
_FIXED = ("trial", "status", "score", "epochs", "seconds", "parameters")
# The first columns hold words; the other fixed ones hold numbers.
_WORDS = 2


def trials_text(run: Run, style: Format) -> str:
    """The trials of a run.

    Args:
        run: The run.
        style: ``table`` for people, ``csv``, ``json`` or ``markdown``.

    Returns:
        The text, without a final newline.

    Raises:
        RecordError: The ledger cannot be read.
    """
    trials = run.trial_records
    if style == "json":
        return json.dumps([_json(trial) for trial in trials], indent=2, ensure_ascii=False, allow_nan=False)
    names = list(dict.fromkeys(name for trial in trials for name in trial.hyperparameters))
    header = [*_FIXED, *names, "message"]
    if style == "csv":
        return tables.csv_lines([header, *(_values(trial, names) for trial in trials)]).rstrip("\n")
    rows = [[_shown(column, value) for column, value in enumerate(_values(trial, names))] for trial in trials]
    header = [formats.clean(name) for name in header]
    if style == "markdown":
        escaped = [[markdown.escape(cell) for cell in row] for row in rows]
        return markdown.table([markdown.escape(name) for name in header], escaped, left=2)
    return "\n".join(terminal.aligned([header, *rows], range(_WORDS, len(_FIXED))))


def _values(trial: TrialRecord, names: list[str]) -> list[Any]:
    seconds = trial.seconds.prefix + trial.seconds.setup + trial.seconds.fit
    fixed = [trial.trial_id, trial.status, trial.score, trial.epochs, seconds, trial.parameters]
    return [*fixed, *(trial.hyperparameters.get(name) for name in names), trial.message]


def _json(trial: TrialRecord) -> dict[str, Any]:
    values = dict(zip(_FIXED, _values(trial, []), strict=False))
    return {**values, "hyperparameters": trial.hyperparameters, "message": trial.message}


def _shown(column: int, value: Any) -> str:
    """A cell, by its position: a hyperparameter may share its name with a column."""
    if value is None:
        return ""
    if column == _FIXED.index("score"):
        return f"{value:.4f}"
    return f"{value:.1f}" if column == _FIXED.index("seconds") else formats.value(value)
