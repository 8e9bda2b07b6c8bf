"""What limits the figures of a section, shown wherever the figures are."""

from collections.abc import Iterable

from tunebench.comparison import Section
from tunebench.comparison.comparable_times import HEAVY_LOAD
from tunebench.comparison.model_summary import ENOUGH_SEEDS
from tunebench.objectives import ACCURACY
from tunebench.plain_text import clean
from tunebench.report import formats, measures
from tunebench.report.timing_notes import conditions, loaded, timed_apart

# From this many models on, selecting the best one makes its accuracy noticeably optimistic.
_MANY_MODELS = 5
_NAMED = 4


def caveats(section: Section) -> Iterable[str]:
    """All caveats of a section, those about times first.

    Args:
        section: The models of one data set.

    Yields:
        A sentence each.
    """
    yield from time_caveats(section)
    if section.timing_differences:
        alike = formats.listed([*section.timing_differences])
        yield (
            f"Relative times are multiples of the fastest model's with the same {alike}: each such group has "
            "a 1.0×."
        )
    yield from _guessing(section)
    yield from _objectives(section)
    if min(model.train_seconds.number for model in section.models) < ENOUGH_SEEDS:
        some = "" if len(section.models) == 1 else " for some models"
        yield f"Fewer than three repeats{some}: the spread is a rough estimate."
    if len(section.models) >= _MANY_MODELS:
        by_accuracy = section.objective == ACCURACY
        worse = "slightly lower accuracy" if by_accuracy else f"a slightly worse {section.objective.words}"
        yield (
            f"The {measures.most(section.objective)} of {len(section.models)} models is selected on the same "
            f"test images: expect {worse} on new ones."
        )
    trials = {model.record.search.trials for model in section.models if model.record.search is not None}
    if len(trials) > 1:
        yield f"The searches ran {min(trials):,} to {max(trials):,} trials; more may find better values."


def _guessing(section: Section) -> Iterable[str]:
    """Which models have learned nothing that can be told from the frequencies of the classes."""
    names = [formats.name(model.label) for model in section.models if not model.beats_guessing]
    if names:
        who = formats.listed(names) if len(names) <= _NAMED else f"{len(names)} models"
        yield (
            f"{who} {'is' if len(names) == 1 else 'are'} not clearly better than guessing by how common the "
            "classes are."
        )


def _objectives(section: Section) -> Iterable[str]:
    """What models were trained for, if not all for what they are compared by."""
    asked = [each.words for each in dict.fromkeys(model.asked for model in section.models)]
    if len(asked) > 1:
        yield (
            f"Tuned for different objectives ({formats.listed(asked)}): the models are compared by accuracy."
        )
    elif asked[0] != section.objective.words:
        yield f"Tuned for {asked[0]}, but compared by accuracy, because predictions are missing."
    refitted = [formats.name(model.label) for model in section.models if model.validation_accuracy is None]
    if 0 < len(refitted) < len(section.models):
        who = formats.listed(refitted) if len(refitted) <= _NAMED else f"{len(refitted)} models"
        yield f"Only {who} trained on the validation images too (--refit): part of the gain comes from that."
    weights = {str(model.record.settings.get("class_weights", "none")) for model in section.models}
    if len(weights) > 1:
        yield f"Trained with different class weights ({formats.listed(sorted(map(clean, weights)))})."


def time_caveats(section: Section) -> Iterable[str]:
    """Why the times of a section are not comparable, or less so; nothing if they are."""
    if apart := timed_apart(section):
        yield apart
    if section.timing_differences:
        where = conditions(section.timing_differences)
        yield f"Timed under different conditions ({where}): training times are not comparable."
    if busy := _busy(section):
        yield busy
    for model in section.models:
        if paused := max(each.paused_seconds for each in model.timed):
            yield (
                f"{formats.name(model.label)} was paused for {formats.seconds(paused)} while it trained: the "
                "process was stopped, or the computer slept. Its training time includes that."
            )


def _busy(section: Section) -> str:
    """Which training times are too long because other programs used the processor, or the GPU."""
    loads = {model.label: model.other_load or 0.0 for model in section.models}
    heavy = {label: load for label, load in loads.items() if load >= HEAVY_LOAD}
    if not heavy:
        return ""
    names = [formats.name(label) for label in heavy]
    who = formats.listed(names) if len(names) <= _NAMED else f"{len(names)} models"
    shares = sorted({f"{100 * load:.0f}" for load in heavy.values()}, key=int)
    share = " to ".join(shares[:: max(1, len(shares) - 1)])
    device = loaded(model for model in section.models if model.label in heavy)
    return (
        f"Other programs used {share}{formats.THIN}% of {device} while {who} trained: "
        f"{'its training time is' if len(names) == 1 else 'their training times are'} overestimated."
    )
