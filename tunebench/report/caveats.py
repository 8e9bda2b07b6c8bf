"""What limits the figures of a section; it stands wherever they do."""

from collections.abc import Iterable

from tunebench.comparison import Section
from tunebench.comparison.comparable_times import HEAVY_LOAD
from tunebench.comparison.model_summary import ENOUGH_SEEDS
from tunebench.report import formats
from tunebench.report.timing_words import timed_apart

# From so many models on, the best of them owes something to the images it was found on.
_MANY_MODELS = 5
_NAMED = 4


def caveats(section: Section) -> Iterable[str]:
    """All caveats of a section, those about its times first.

    Args:
        section: The models of one data set.

    Yields:
        A sentence each.
    """
    yield from time_caveats(section)
    if min(model.train_seconds.number for model in section.models) < ENOUGH_SEEDS:
        some = "" if len(section.models) == 1 else " of some models"
        yield f"Fewer than three repeats{some}: their spread is a guess."
    if len(section.models) >= _MANY_MODELS:
        yield (
            f"The most accurate of {len(section.models)} models is found on the images that measure it: "
            "expect a little less of it on others."
        )
    trials = {model.record.search.trials for model in section.models if model.record.search is not None}
    if len(trials) > 1:
        yield f"The searches made {min(trials):,} to {max(trials):,} trials: more might find better values."


def time_caveats(section: Section) -> Iterable[str]:
    """Why the times of a section cannot be compared, or not well, where that is so."""
    if apart := timed_apart(section):
        yield apart
    if section.timing_differences:
        parts = [
            f"{name} {' or '.join(formats.name(value) for value in values)}"
            for name, values in section.timing_differences.items()
        ]
        yield f"Not timed alike ({'; '.join(parts)}): the times cannot be compared."
    if busy := _busy(section):
        yield busy


def _busy(section: Section) -> str:
    """Whose times other programs made longer."""
    loads = {model.label: model.other_load or 0.0 for model in section.models}
    heavy = {label: load for label, load in loads.items() if load >= HEAVY_LOAD}
    if not heavy:
        return ""
    names = [formats.name(label) for label in heavy]
    who = formats.listed(names) if len(names) <= _NAMED else f"{len(names)} models"
    shares = sorted({f"{100 * load:.0f}" for load in heavy.values()}, key=int)
    share = " to ".join(shares[:: max(1, len(shares) - 1)])
    return (
        f"Other programs kept {share}{formats.THIN}% of the processor busy while {who} trained: "
        f"{'its time is' if len(names) == 1 else 'their times are'} too long."
    )
