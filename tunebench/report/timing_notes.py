"""Notes on when, how often and where models were timed again, and on what makes times incomparable."""

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence

from tunebench.comparison import ModelSummary, Section
from tunebench.comparison.model_summary import ENOUGH_SEEDS
from tunebench.plain_text import clean
from tunebench.report import formats
from tunebench.report.words import Code, Sentence

_NAMED = 4
LOAD = "load by other programs"
# Training the winners again repeats these, as each run recorded them.
_RECORDED = {
    "precision": "--precision",
    "deterministic operations": "--deterministic",
    # Only --precision auto switches it off.
    "XLA": "--precision",
}


def timed_again(section: Section) -> str:
    """How the times were taken, if all models were timed again in one session; else an empty string."""
    sessions = _sessions(section)
    (started_at, models), *others = sessions.items()
    if started_at is None or others:
        return ""
    counts = sorted({len(model.timed) for model in models})
    repeats = " to ".join(formats.number_word(count) for count in counts[:: max(1, len(counts) - 1)])
    noun = "repeat" if counts[-1] == 1 else "repeats"
    interleaved = " per model, interleaved" if len(models) > 1 else ""
    where = f", on {machine(section)}" if len(section.timing_conditions) == 1 else ""
    return f"Timed again on {formats.day(started_at)}: {repeats} {noun}{interleaved}{where}."


def timed_apart(section: Section) -> str:
    """Which models were timed in which session; an empty string if all were in the same one."""
    sessions = _sessions(section)
    if len(sessions) == 1:
        return ""
    parts = []
    for started_at, models in sessions.items():
        names = [formats.name(model.label) for model in models]
        who = formats.listed(names) if len(names) <= _NAMED else f"{len(names)} models"
        when = "when trained" if started_at is None else f"again on {formats.moment(started_at)}"
        parts.append(f"{who} {when}")
    return f"Timed in different sessions ({'; '.join(parts)}): the load of the machine may have differed."


def conditions(differing: Mapping[str, Sequence[str]]) -> str:
    """Conditions that differ, with their values: ``device CPU or GPU: one; precision float32 or …``."""
    return "; ".join(f"{name} {' or '.join(map(formats.name, each))}" for name, each in differing.items())


def comparable_again(differing: Collection[str], command: Sequence[str], *, busy: bool) -> Sentence:
    """What makes training times comparable: ``To compare training times, time the winners again …``.

    Args:
        differing: Names of the conditions that differ.
        command: Compares the models.
        busy: Whether other programs were.
    """
    recorded = list(dict.fromkeys(option for name, option in _RECORDED.items() if name in differing))
    several = any(name not in _RECORDED and name != LOAD for name in differing)
    where = f" on {'one' if several else 'a'} {'quiet ' if busy else ''}machine" if several or busy else ""
    if recorded:
        options = " and ".join(recorded)
        return (f"To compare training times, make the runs again{where} with the same {options}.",)
    again = Code(shlex.join([*command, "--retime", str(ENOUGH_SEEDS)]))
    return (f"To compare training times, time the winners again{where}: ", again, ".")


def loaded(models: Iterable[ModelSummary]) -> str:
    """What a load by other programs is a share of: for trainings on a GPU, the larger of two shares."""
    gpu = any(model.timing_environment.device.startswith("GPU") for model in models)
    return "the CPU or the GPU" if gpu else "the CPU"


def machine(section: Section) -> str:
    """The device that trained the first model: an accelerator's name, or the number of CPU cores."""
    clock = section.timing_conditions[0]
    if not clock.device.startswith("CPU"):
        return clean(clock.device)
    return formats.counted(clock.cpu_count, "CPU core")


def _sessions(section: Section) -> dict[str | None, list[ModelSummary]]:
    """Models by the session that timed them again; ``None`` for those timed only when trained."""
    sessions: dict[str | None, list[ModelSummary]] = {}
    for model in section.models:
        started_at = None if model.timing is None else model.timing.started_at
        sessions.setdefault(started_at, []).append(model)
    return sessions
