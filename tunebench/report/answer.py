"""The answer in words: recommended models, findings and next steps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tunebench.comparison import ModelSummary, Section, SizeCurve
from tunebench.objectives import ACCURACY
from tunebench.report import formats, measures
from tunebench.report.differences import against_best, undecided_neighbours
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
        note: A qualification; may be empty.
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
    quick = next((model for model in _clearly_faster(section) if model.beats_guessing), None)
    recommendations = [Recommendation(measures.best(section.objective), best, _best_note(section, quick))]
    if quick is not None:
        recommendations.append(Recommendation("When time matters", quick, _quick_note(section, quick)))
    findings = [
        *against_best(section, quick),
        *undecided_neighbours(section),
        *tuning_gains(section),
        _seeds(section),
    ]
    return Answer(tuple(recommendations), tuple(findings), tuple(next_steps(section, curves)))


def _clearly_faster(section: Section) -> Iterator[ModelSummary]:
    """Models that save a tenth of the best one's training time and whose slowest repeat beats its fastest.

    The most accurate first; none if the models were timed under different conditions.
    """
    best = section.models[0].train_seconds
    for model in section.models[1:] if len(section.timing_conditions) == 1 else ():
        time = model.train_seconds
        if time.mean <= (1 - _WORTH_SAVING) * best.mean and time.maximum < best.minimum:
            yield model


def _best_note(section: Section, quick: ModelSummary | None) -> Sentence:
    if len(section.models) == 1:
        return ("the only model so far, so there is nothing to compare it with",)
    if len(section.timing_conditions) > 1:
        differing = formats.listed(list(section.timing_differences))
        return (f"training times are not comparable: timed under different conditions ({differing})",)
    if quick is not None:
        return ()
    if any(_clearly_faster(section)):
        return ("the clearly faster models do no better than guessing",)
    return ("no model is clearly faster",)


def _quick_note(section: Section, quick: ModelSummary) -> Sentence:
    repeats = min(model.train_seconds.number for model in (quick, section.models[0]))
    hedge = "timed once" if repeats == 1 else ""
    fastest = min(section.models, key=lambda model: model.train_seconds.mean)
    if fastest is quick:
        return (hedge,) if hedge else ()
    lost, by_accuracy = quick.score - fastest.score, section.objective == ACCURACY
    time = formats.seconds(fastest.train_seconds.mean)
    worse, better = ("less accurate", "more accurate") if by_accuracy else ("worse", "better")
    less = f"{measures.difference(section.objective, abs(lost))} {worse if lost > 0 else better}"
    if round(abs(lost), 3) == 0:
        less = f"about as {'accurate' if by_accuracy else 'good'}"
    return (f"{hedge}; " if hedge else "", "fastest: ", Name(fastest.label), f", {time}, {less}")


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
