"""A run's trials in the formats of ``tunebench show``."""

from collections.abc import Sequence
from typing import Any, Literal

from tunebench.plain_text import clean, csv_lines, json_text
from tunebench.records import TrialRecord
from tunebench.report import formats, markdown, terminal

Format = Literal["table", "csv", "json", "markdown"]
_FIXED = ("trial", "status", "score", "epochs", "seconds", "parameters")
# The first columns hold words; the other fixed ones hold numbers.
NUM_WORDS = 2


def trials_text(trials: Sequence[TrialRecord], style: Format) -> str:
    """Trials as text, without a final newline.

    Args:
        trials: The trials.
        style: ``table`` for people, ``csv``, ``json`` or ``markdown``.
    """
    if style == "json":
        return json_text([_json(trial) for trial in trials])
    if style == "csv":
        names = _names(trials)
        header = [*_FIXED, *names, "message"]
        return csv_lines([header, *(_values(trial, names) for trial in trials)]).rstrip("\n")
    header, rows = trial_rows(trials)
    if style == "markdown":
        escaped = [[markdown.escape(cell) for cell in row] for row in rows]
        return markdown.table([markdown.escape(name) for name in header], escaped, left=NUM_WORDS)
    return "\n".join(terminal.aligned([header, *rows], range(NUM_WORDS, len(_FIXED))))


def trial_rows(trials: Sequence[TrialRecord]) -> tuple[list[str], list[list[str]]]:
    """A table's header, and a row per trial, as people read them; the first columns hold words."""
    names = _names(trials)
    rows = [[_shown(column, value) for column, value in enumerate(_values(trial, names))] for trial in trials]
    return [clean(name) for name in (*_FIXED, *names, "message")], rows


def _names(trials: Sequence[TrialRecord]) -> list[str]:
    return list(dict.fromkeys(name for trial in trials for name in trial.hyperparameters))


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
