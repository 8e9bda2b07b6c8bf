"""The answer in words: which model to take, what is established, what is not, and what to do next.

Every sentence follows from the figures of a :class:`~tunebench.comparison.Section`; none says more than they
do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tunebench.comparison import ModelFigures, Pair, Section, SizeCurve, Verdict
from tunebench.comparison.pairs import LEVEL
from tunebench.report import formats
from tunebench.report.next_steps import next_steps
from tunebench.report.words import Name, Sentence

# A model must save this part of the training time before it is recommended for saving time.
_WORTH_SAVING = 0.1
_NAMED_PAIRS = 3


@dataclass(frozen=True)
class Recommendation:
    """A model and what it is recommended for.

    Attributes:
        purpose: Such as ``Most accurate``.
        model: The model.
        note: What to weigh it against; may be empty.
    """

    purpose: str
    model: ModelFigures
    note: Sentence


@dataclass(frozen=True)
class Answer:
    """What a reader takes away who reads nothing else.

    Attributes:
        recommendations: The most accurate model and, where it costs time, the one to take to save time.
        findings: What the figures establish, and what they do not.
        next_steps: What would make the answer firmer.
    """

    recommendations: tuple[Recommendation, ...]
    findings: tuple[Sentence, ...]
    next_steps: tuple[Sentence, ...]


def answer(section: Section, curves: Sequence[SizeCurve] = ()) -> Answer:
    """Put a section's figures into words.

    Args:
        section: The models of one data set.
        curves: Accuracy against the number of training images, where several were run.

    Returns:
        The answer.
    """
    best = section.models[0]
    quick = time_saver(section)
    recommendations = [Recommendation("Most accurate", best, _best_note(section, quick))]
    if quick is not None:
        recommendations.append(Recommendation("When time matters", quick, _fastest_note(section, quick)))
    findings = [
        *_against_best(section, quick),
        *_told_apart(section),
        *_tuning_gains(section),
        *_repeats(section),
    ]
    return Answer(tuple(recommendations), tuple(findings), tuple(next_steps(section, curves)))


def time_saver(section: Section) -> ModelFigures | None:
    """The most accurate of the models that train at least a tenth faster than the most accurate one.

    Returns:
        It, or ``None`` where there is none, or where the training times were not measured alike.
    """
    if len(section.clocks) > 1:
        return None
    limit = (1 - _WORTH_SAVING) * section.models[0].train_seconds.mean
    return next((model for model in section.models[1:] if model.train_seconds.mean <= limit), None)


def _fastest(section: Section) -> ModelFigures:
    return min(section.models, key=lambda model: model.train_seconds.mean)


def _best_note(section: Section, quick: ModelFigures | None) -> Sentence:
    if len(section.models) == 1:
        return ("the only model here: there is nothing to compare it with yet",)
    if len(section.clocks) > 1:
        return ("training times were measured on different machines and are not compared",)
    if quick is None:
        return ("no other model saves a tenth of its training time",)
    return ()


def _fastest_note(section: Section, quick: ModelFigures) -> Sentence:
    fastest = _fastest(section)
    if fastest is quick:
        return ()
    lost = quick.accuracy.mean - fastest.accuracy.mean
    time = formats.seconds(fastest.train_seconds.mean)
    return (Name(fastest.label), f": {time}, {formats.points(lost)} less")


def _against_best(section: Section, quick: ModelFigures | None) -> Iterable[Sentence]:
    """The most accurate model beside its runner-up, and beside the one that saves time."""
    best = section.models[0]
    rivals = dict.fromkeys([*section.models[1:2], *([quick] if quick else [])])
    for rival in rivals:
        pair = section.pair(best, rival)
        if pair is not None:
            yield _compared(section, pair)


def _compared(section: Section, pair: Pair) -> Sentence:
    better, worse = Name(pair.better.label), Name(pair.worse.label)
    cost, lead = _time_clause(section, pair), formats.points(pair.difference)
    if pair.interval is None or pair.p_adjusted is None:
        doubt = "; whether that is more than chance cannot be tested without the predictions of both."
        return (better, f" scored {lead} more than ", worse, *cost, doubt)
    interval = formats.signed_interval(pair.interval)
    evidence = f"95{formats.THIN}% interval {interval}, {formats.p_value(pair.p_adjusted)}"
    if pair.verdict is Verdict.ESTABLISHED:
        return (better, f" is {lead} better than ", worse, f" ({evidence})", *cost, ".")
    if pair.verdict is Verdict.AS_TRAINED:
        doubt = "; another seed of either may turn that."
        return (
            better,
            f" as trained is {lead} better than ",
            worse,
            f" as trained ({evidence})",
            *cost,
            doubt,
        )
    if pair.difference == 0:
        return (better, " and ", worse, " have the same accuracy on these images", *cost, ".")
    doubt = f" is not established ({evidence})"
    return ("No significant difference: ", better, f"'s lead of {lead} over ", worse, doubt, *cost, ".")


def _time_clause(section: Section, pair: Pair) -> Sentence:
    better, worse = pair.better.train_seconds.mean, pair.worse.train_seconds.mean
    if len(section.clocks) > 1 or not better or not worse:
        return ()
    ratio = better / worse
    if ratio > 1.05:  # noqa: PLR2004 (rounds to 1.1)
        return (f", for {formats.times(ratio).removesuffix('×')} times the training time",)
    if ratio < 1 / 1.05:
        faster = f" trains {formats.times(1 / ratio).removesuffix('×')} times faster"
        return ("; ", Name(pair.better.label), faster)
    return (", for about the same training time",)


def _told_apart(section: Section) -> Iterable[Sentence]:
    """Neighbours in the ranking, below the top, that chance may have ordered."""
    open_pairs = []
    for first, second in pairwise(section.models[1:]):
        pair = section.pair(first, second)
        if pair is not None and pair.p_adjusted is not None and pair.verdict is Verdict.NOT_ESTABLISHED:
            open_pairs.append(pair)
    parts: list[str] = []
    for pair in open_pairs[:_NAMED_PAIRS]:
        parts += [
            "; " if parts else "",
            Name(pair.better.label),
            " and ",
            Name(pair.worse.label),
            f" ({_doubt(pair)})",
        ]
    if len(open_pairs) > _NAMED_PAIRS:
        parts.append(f"; {len(open_pairs) - _NAMED_PAIRS} more pairs, below")
    if len(open_pairs) == 1:
        yield (*parts[1:4], f" cannot be told apart on these images ({_doubt(open_pairs[0])}).")
    elif parts:
        yield ("Cannot be told apart on these images: ", *parts[1:], ".")


def _doubt(pair: Pair) -> str:
    """Why a difference is not established: chance among the images, or among the seeds."""
    p = pair.p_adjusted or 0.0
    return formats.p_value(p) if p >= LEVEL else "their seeds scatter too much"


def _tuning_gains(section: Section) -> Iterable[Sentence]:
    """What tuning gained each space over its defaults."""
    defaults = {model.record.space: model for model in section.models if model.record.kind == "default"}
    parts: list[str] = []
    for model in section.models:
        default = defaults.get(model.record.space)
        pair = section.pair(model, default) if model.record.kind == "tuned" and default is not None else None
        if default is None or pair is None or pair.p_adjusted is None:
            continue
        gain = formats.points(model.accuracy.mean - default.accuracy.mean)
        settled = (
            formats.p_value(pair.p_adjusted) if pair.verdict is Verdict.ESTABLISHED else "not established"
        )
        parts += [", " if parts else "", Name(model.label), f" {gain} ({settled})"]
    if parts:
        yield ("Gained by tuning, over the defaults: ", *parts[1:], ".")


def _repeats(section: Section) -> Iterable[Sentence]:
    counts = {model.seeds for model in section.models}
    if len(counts) == 1:
        seeds = counts.pop()
        if seeds == 1:
            yield ("One seed each: the page cannot tell a better model from a luckier seed.",)
        else:
            yield (f"{formats.number_word(seeds).capitalize()} seeds each.",)
    else:
        yield (f"{min(counts)} to {max(counts)} seeds each.",)
