"""A run's trials in the formats of ``tunebench show``."""

import csv
import io
import json
from typing import Any, Literal

from tunebench.records import TrialRecord
from tunebench.report import formats, markdown
from tunebench.runs import Run

Format = Literal["table", "csv", "json", "markdown"]
_FIXED = ("trial", "status", "score", "epochs", "seconds", "parameters")
_WORDS = 2


def trials_text(run: Run, style: Format) -> str:
    """The ledger of a run.

    Args:
        run: The run.
        style: ``table`` for people, ``csv``, ``json`` or ``markdown``.

    Returns:
        The text, without a newline at its end.

    Raises:
        RecordError: The ledger cannot be read.
    """
    trials = run.trial_records
    if style == "json":
        return json.dumps([_json(trial) for trial in trials], indent=2, ensure_ascii=False, allow_nan=False)
    names = list(dict.fromkeys(name for trial in trials for name in trial.hyperparameters))
    header = [*_FIXED, *names, "message"]
    if style == "csv":
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow([_spreadsheet_safe(name) for name in header])
        writer.writerows([_spreadsheet_safe(value) for value in _values(trial, names)] for trial in trials)
        return buffer.getvalue().rstrip("\n")
    rows = [[_shown(column, value) for column, value in enumerate(_values(trial, names))] for trial in trials]
    header = [formats.clean(name) for name in header]
    if style == "markdown":
        escaped = [[markdown.escape(cell) for cell in row] for row in rows]
        return markdown.table([markdown.escape(name) for name in header], escaped, left=2)
    return _aligned(header, rows)


def _values(trial: TrialRecord, names: list[str]) -> list[Any]:
    seconds = trial.seconds.prefix + trial.seconds.setup + trial.seconds.fit
    fixed = [trial.trial_id, trial.status, trial.score, trial.epochs, seconds, trial.parameters]
    return [*fixed, *(trial.hyperparameters.get(name) for name in names), trial.message]


def _json(trial: TrialRecord) -> dict[str, Any]:
    values = dict(zip(_FIXED, _values(trial, []), strict=False))
    return {**values, "hyperparameters": trial.hyperparameters, "message": trial.message}


def _shown(column: int, value: Any) -> str:
    """A cell, by its place: a hyperparameter may be called like a column."""
    if value is None:
        return ""
    if column == _FIXED.index("score"):
        return f"{value:.4f}"
    return f"{value:.1f}" if column == _FIXED.index("seconds") else formats.value(value)


def _aligned(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    cells = [
        [
            f"{cell:>{width}}" if _WORDS <= column < len(_FIXED) else f"{cell:{width}}"
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in lines
    ]
    return "\n".join("  ".join(line).rstrip() for line in cells)


def _spreadsheet_safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
