"""The answer in words: recommended models, findings and next steps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunebench.comparison import ModelSummary, Section, SizeCurve
from tunebench.comparison.model_summary import ENOUGH_SEEDS
from tunebench.report import formats, measures
from tunebench.report.differences import against_best, undecided
from tunebench.report.front_words import along_the_front
from tunebench.report.gains import tuning_gains
from tunebench.report.next_steps import next_steps
from tunebench.report.words import Name, Sentence

# A model must save this share of the training time to be recommended for its speed.
_WORTH_SAVING = 0.1


@dataclass(frozen=True)
class Recommendation:
    """A model and what it is recommended for.

    Attributes:
        purpose: Such as ``Most accurate`` or ``Lowest loss``.
        model: The model.
        note: A qualification of a faster model, or why there is none; may be empty.
    """

    purpose: str
    model: ModelSummary
    note: Sentence


@dataclass(frozen=True)
class Answer:
    """The summary of a section.

    Attributes:
        recommendations: The best model and, if one is clearly faster, a faster alternative.
        findings: What the figures establish, and what they do not.
        next_steps: What would settle open questions.
    """

    recommendations: tuple[Recommendation, ...]
    findings: tuple[Sentence, ...]
    next_steps: tuple[Sentence, ...]


def answer(section: Section, curves: Sequence[SizeCurve] = ()) -> Answer:
    """Put a section's figures into words.

    Args:
        section: The models of one data set.
        curves: Accuracy against the number of training images, if several were run.

    Returns:
        The answer.
    """
    best = section.models[0]
    faster = _clearly_faster(section)
    quick = next((model for model in faster if section.is_within(model)), None)
    recommendations = [Recommendation(measures.best(section.objective), best, _best_note(section, faster))]
    if quick is not None:
        recommendations.append(Recommendation("When time matters", quick, _quick_note(section, quick)))
    findings = [
        *against_best(section, quick),
        *along_the_front(section),
        *undecided(section, quick),
        *tuning_gains(section),
        *_overrated(section),
        _seeds(section),
    ]
    return Answer(tuple(recommendations), tuple(findings), tuple(next_steps(section, curves)))


def _clearly_faster(section: Section) -> list[ModelSummary]:
    """Models that beat guessing, train faster than the best one (established) and save a tenth of its time.

    The fastest first; none if the models were timed under different conditions.
    """
    best = section.models[0]
    found = []
    for model in section.models[1:] if len(section.timing_conditions) == 1 else ():
        ratio = section.time_ratio(model, best)
        if ratio is not None and ratio.faster and ratio.value <= 1 - _WORTH_SAVING and model.beats_guessing:
            found.append(model)
    return sorted(found, key=lambda model: model.train_seconds.mean)


def _best_note(section: Section, faster: Sequence[ModelSummary]) -> Sentence:
    if len(section.models) == 1:
        return ("the only model so far, so there is nothing to compare it with",)
    if len(section.timing_conditions) > 1:
        differing = formats.listed(list(section.timing_differences))
        return (f"training times are not comparable: timed under different conditions ({differing})",)
    if any(section.is_within(model) for model in faster):
        return ()
    if faster:
        lost = measures.difference(section.objective, section.within / 100)
        return (f"every model that is clearly faster is more than {lost} worse",)
    if min(model.train_seconds.number for model in section.models) < ENOUGH_SEEDS:
        return ("each model has to be timed three times to say whether one is clearly faster",)
    return ("no other model is clearly faster and better than guessing",)


def _quick_note(section: Section, quick: ModelSummary) -> Sentence:
    ratio, lost = section.time_ratio(section.models[0], quick), section.models[0].score - quick.score
    less = measures.difference(section.objective, lost)
    saving = "" if ratio is None else f"trains {formats.times(ratio.value).removesuffix('×')} times as fast, "
    return (f"{saving}{less} worse" if round(lost, 3) else f"{saving}about as good",)


def _overrated(section: Section) -> Iterable[Sentence]:
    """What is left of the best score if the luck of being the best of several is taken off."""
    best, corrected = section.models[0], section.best_corrected
    if corrected is None or not round(100 * (best.score - corrected), 1):
        return
    value = measures.value(section.objective, section.objective.score(corrected))
    luck = f"The best of {len(section.models)} models is partly the luckiest: with other images and seeds "
    yield (luck, Name(best.label), f" would probably have about {value}.")


def _seeds(section: Section) -> Sentence:
    counts = {model.seeds for model in section.models}
    each = "" if len(section.models) == 1 else " per model"
    if len(counts) > 1:
        return (f"{min(counts)} to {max(counts)} seeds{each}.",)
    seeds = counts.pop()
    if seeds > 1:
        return (f"{formats.number_word(seeds).capitalize()} seeds{each}.",)
    if each:
        return ("One seed per model: a difference may be due to the seed.",)
    return ("One seed: how much results vary between seeds is unknown.",)
