"""What is said beside the times of models that were timed again: when, how often and where."""

from tunebench.comparison import ModelSummary, Section
from tunebench.report import formats

_NAMED = 4


def timed_again(section: Section) -> str:
    """How the times were taken, where all models were timed again in one session; else nothing."""
    sessions = _sessions(section)
    (started_at, models), *others = sessions.items()
    if started_at is None or others:
        return ""
    counts = sorted({len(model.timed) for model in models})
    repeats = " to ".join(formats.number_word(count) for count in counts[:: max(1, len(counts) - 1)])
    noun = "repeat" if counts[-1] == 1 else "repeats"
    turns = " of each model, in turns" if len(models) > 1 else ""
    where = ""
    if len(section.timing_conditions) == 1:
        clock = section.timing_conditions[0]
        cores = "1 CPU core" if clock.cpu_count == 1 else f"{clock.cpu_count} CPU cores"
        where = f", on {cores if clock.device.startswith('CPU') else formats.clean(clock.device)}"
    return f"Timed again on {formats.day(started_at)}: {repeats} {noun}{turns}{where}."


def timed_apart(section: Section) -> str:
    """What makes the times less comparable, where not all models were timed again in one session."""
    sessions = _sessions(section)
    if len(sessions) == 1:
        return ""
    parts = []
    for started_at, models in sessions.items():
        names = [formats.name(model.label) for model in models]
        who = formats.listed(names) if len(names) <= _NAMED else f"{len(names)} models"
        when = "when trained" if started_at is None else f"again on {formats.moment(started_at)}"
        parts.append(f"{who} {when}")
    return (
        f"Not timed side by side ({'; '.join(parts)}): the machine may have been busier at one time than at "
        "another."
    )


def _sessions(section: Section) -> dict[str | None, list[ModelSummary]]:
    """The models by the session they were timed again in; ``None`` for those that were not."""
    sessions: dict[str | None, list[ModelSummary]] = {}
    for model in section.models:
        started_at = None if model.timing is None else model.timing.started_at
        sessions.setdefault(started_at, []).append(model)
    return sessions
