"""The answer in words: which model to take, what is established, what is not, and what to do next.

Every sentence follows from the figures of a :class:`~tunebench.comparison.Section`; none says more than they
do.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tunebench.comparison import ModelFigures, Pair, Section, Verdict
from tunebench.comparison.figures import ENOUGH_SEEDS
from tunebench.report import formats

# A model must save this part of the training time before it is recommended for saving time.
_WORTH_SAVING = 0.1


class Name(str):
    """A model's name within a sentence; the page sets it apart."""

    __slots__ = ()


Sentence = tuple[str, ...]


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


def plain(sentence: Sentence) -> str:
    """A sentence as text."""
    return "".join(sentence)


def answer(section: Section) -> Answer:
    """Put a section's figures into words.

    Args:
        section: The models of one data set.

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
    return Answer(tuple(recommendations), tuple(findings), tuple(_next_steps(section)))


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
    cost = _time_clause(section, pair)
    if pair.interval is None or pair.p_adjusted is None:
        return (
            better,
            f" scored {formats.points(pair.difference)} more than ",
            worse,
            f"{cost}; whether that is more than chance cannot be tested without the predictions of both.",
        )
    interval = formats.signed_interval(pair.interval)
    evidence = f"95{formats.THIN}% interval {interval}, {formats.p_value(pair.p_adjusted)}"
    if pair.verdict is Verdict.ESTABLISHED:
        return (better, f" is {formats.points(pair.difference)} better than ", worse, f" ({evidence}){cost}.")
    if pair.verdict is Verdict.AS_TRAINED:
        return (
            better,
            f" as trained is {formats.points(pair.difference)} better than ",
            worse,
            f" as trained ({evidence}){cost}; another seed of either may turn that.",
        )
    if pair.difference == 0:
        return (better, " and ", worse, f" have the same accuracy on these images{cost}.")
    return (
        "No significant difference: ",
        better,
        f"'s lead of {formats.points(pair.difference)} over ",
        worse,
        f" is not established ({evidence}){cost}.",
    )


def _time_clause(section: Section, pair: Pair) -> str:
    better, worse = pair.better.train_seconds.mean, pair.worse.train_seconds.mean
    if len(section.clocks) > 1 or not better or not worse:
        return ""
    ratio = better / worse
    if ratio > 1.05:  # noqa: PLR2004 (rounds to 1.1)
        return f", for {formats.times(ratio).removesuffix('×')} times the training time"
    if ratio < 1 / 1.05:
        return f", and trains {formats.times(1 / ratio).removesuffix('×')} times faster"
    return ", for about the same training time"


def _told_apart(section: Section) -> Iterable[Sentence]:
    """Neighbours in the ranking, below the top, that chance may have ordered."""
    for first, second in zip(section.models[1:], section.models[2:], strict=False):
        pair = section.pair(first, second)
        if pair is not None and pair.verdict is Verdict.NOT_ESTABLISHED and pair.p_adjusted is not None:
            evidence = formats.p_value(pair.p_adjusted)
            yield (
                Name(first.label),
                " and ",
                Name(second.label),
                f" cannot be told apart on these images ({evidence}).",
            )


def _tuning_gains(section: Section) -> Iterable[Sentence]:
    """What tuning gained each space over its defaults."""
    defaults = {model.record.space: model for model in section.models if model.record.kind == "default"}
    for model in section.models:
        default = defaults.get(model.record.space)
        if model.record.kind != "tuned" or default is None:
            continue
        pair = section.pair(model, default)
        if pair is None or pair.p_adjusted is None:
            continue
        gain = model.accuracy.mean - default.accuracy.mean
        settled = "" if pair.verdict is Verdict.ESTABLISHED else ", not established"
        verb = "gained" if gain >= 0 else "lost"
        yield (
            f"Tuning {verb} ",
            Name(model.label),
            f" {formats.points(abs(gain))} over its defaults ({formats.p_value(pair.p_adjusted)}{settled}).",
        )


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


def _next_steps(section: Section) -> Iterable[Sentence]:
    few = [model for model in section.models if model.seeds < ENOUGH_SEEDS]
    if few:
        yield (
            "Train the winners over more seeds (",
            f"--seeds {ENOUGH_SEEDS} or more): ",
            *_names(few),
            f" {'has' if len(few) == 1 else 'have'} fewer than {formats.number_word(ENOUGH_SEEDS)}.",
        )
    yield from _wider_ranges(section)
    runner_up = section.pair(*section.models[:2]) if len(section.models) > 1 else None
    if runner_up is not None and runner_up.verdict is Verdict.NOT_ESTABLISHED and not few:
        yield (
            "To tell ",
            Name(runner_up.better.label),
            " and ",
            Name(runner_up.worse.label),
            " apart, test on more images or train over more seeds.",
        )
    if len(section.models) == 1:
        yield ("Tune another model on the same images, such as `tunebench search cnn1`, and compare again.",)


def _wider_ranges(section: Section) -> Iterable[Sentence]:
    """One sentence for all models with an optimum at the edge of its range."""
    parts: list[str] = []
    for model in section.models:
        if model.edges:
            names = formats.listed([f"{edge.name} ({edge.side} allowed)" for edge in model.edges])
            parts += [", " if parts else "", Name(model.label), f" {names}"]
    if parts:
        yield ("Search a wider range where the best value lies at its edge: ", *parts, ".")


def _names(models: list[ModelFigures]) -> list[str]:
    parts: list[str] = []
    for number, model in enumerate(models):
        if number:
            parts.append(" and " if number == len(models) - 1 else ", ")
        parts.append(Name(model.label))
    return parts
