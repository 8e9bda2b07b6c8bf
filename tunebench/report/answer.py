"""The answer in words: which model to take, what is established, what is not, and what to do next.

Every sentence follows from the figures of a :class:`~tunebench.comparison.Section`; none says more than they
do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunebench.comparison import ModelSummary, Section, SizeCurve
from tunebench.report import formats
from tunebench.report.differences import against_best, told_apart
from tunebench.report.gains import tuning_gains
from tunebench.report.next_steps import next_steps
from tunebench.report.words import Name, Sentence

# A model must save this part of the training time before it is recommended for saving time.
_WORTH_SAVING = 0.1


@dataclass(frozen=True)
class Recommendation:
    """A model and what it is recommended for.

    Attributes:
        purpose: Such as ``Most accurate``.
        model: The model.
        note: What to weigh it against; may be empty.
    """

    purpose: str
    model: ModelSummary
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
        *against_best(section, quick),
        *told_apart(section),
        *tuning_gains(section),
        *_repeats(section),
    ]
    return Answer(tuple(recommendations), tuple(findings), tuple(next_steps(section, curves)))


def time_saver(section: Section) -> ModelSummary | None:
    """The most accurate of the models that train at least a tenth faster than the most accurate one.

    Its slowest repeat has to be faster than the other's fastest, and its accuracy more than guessing gives.

    Returns:
        It, or ``None`` where there is none, or where the training times were not measured alike.
    """
    if len(section.timing_conditions) > 1:
        return None
    best = section.models[0].train_seconds
    limit = (1 - _WORTH_SAVING) * best.mean
    return next(
        (
            model
            for model in section.models[1:]
            if model.train_seconds.mean <= limit
            and model.train_seconds.maximum < best.minimum
            and model.beats_guessing
        ),
        None,
    )


def _fastest(section: Section) -> ModelSummary:
    return min(section.models, key=lambda model: model.train_seconds.mean)


def _best_note(section: Section, quick: ModelSummary | None) -> Sentence:
    if len(section.models) == 1:
        return ("the only model here: there is nothing to compare it with yet",)
    if len(section.timing_conditions) > 1:
        differing = formats.listed(list(section.timing_differences))
        return (f"training times were not measured alike ({differing}) and are not compared",)
    if quick is None:
        limit = (1 - _WORTH_SAVING) * section.models[0].train_seconds.mean
        if _fastest(section).train_seconds.mean > limit:
            return ("no other model saves a tenth of its training time",)
        return ("faster ones overlap with it in time, or do no better than guessing",)
    return ()


def _fastest_note(section: Section, quick: ModelSummary) -> Sentence:
    repeats = min(model.train_seconds.number for model in (quick, section.models[0]))
    hedge = "timed once" if repeats == 1 else ""
    fastest = _fastest(section)
    if fastest is quick:
        return (hedge,) if hedge else ()
    lost = quick.accuracy.mean - fastest.accuracy.mean
    time = formats.seconds(fastest.train_seconds.mean)
    less = f"{formats.points(abs(lost))} {'less' if lost > 0 else 'more'}"
    if round(abs(lost), 3) == 0:
        less = "about as accurate"
    return (*((hedge, "; ") if hedge else ()), Name(fastest.label), f": {time}, {less}")


def _repeats(section: Section) -> Iterable[Sentence]:
    counts = {model.seeds for model in section.models}
    if len(counts) > 1:
        yield (f"{min(counts)} to {max(counts)} seeds each.",)
        return
    seeds, alone = counts.pop(), len(section.models) == 1
    if seeds > 1:
        yield (f"{formats.number_word(seeds).capitalize()} seeds{'' if alone else ' each'}.",)
    elif alone:
        yield ("One seed: how much another one would change cannot be told.",)
    else:
        yield ("One seed each: the page cannot tell a better model from a luckier seed.",)
