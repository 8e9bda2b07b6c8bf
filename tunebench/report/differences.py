"""Two models beside each other in words: who leads, whether that is more than chance, and what it costs."""

from collections.abc import Iterable
from itertools import pairwise

from tunebench.comparison import ModelSummary, Pair, Section, Verdict
from tunebench.comparison.pairs import LEVEL
from tunebench.report import formats
from tunebench.report.words import Name, Sentence

_NAMED_PAIRS = 3


def against_best(section: Section, quick: ModelSummary | None) -> Iterable[Sentence]:
    """The most accurate model beside its runner-up, and beside the one that saves time.

    Args:
        section: The models of one data set.
        quick: The one that saves time.

    Yields:
        A sentence or two per pair.
    """
    best = section.models[0]
    rivals = dict.fromkeys([*section.models[1:2], *([quick] if quick else [])])
    for rival in rivals:
        pair = section.pair(best, rival)
        if pair is not None:
            yield _compared(section, pair)


def told_apart(section: Section) -> Iterable[Sentence]:
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
    more = len(open_pairs) - _NAMED_PAIRS
    if more > 0:
        parts.append(f"; {more} more {'pair' if more == 1 else 'pairs'}, below")
    if len(open_pairs) == 1:
        yield (*parts[1:4], f" cannot be told apart on these images ({_doubt(open_pairs[0])}).")
    elif parts:
        yield ("Cannot be told apart on these images: ", *parts[1:], ".")


def seeds_scatter(pair: Pair) -> bool:
    """Whether the trained models differ on these images, but their seeds too much to say so of the next."""
    open_question = pair.verdict is Verdict.NOT_ESTABLISHED
    return open_question and pair.p_adjusted is not None and pair.p_adjusted < LEVEL


def untested(pair: Pair) -> str:
    """Why a pair was not tested."""
    both = pair.better.predictions and pair.worse.predictions
    return "predictions are of different images" if both else "predictions missing"


def _compared(section: Section, pair: Pair) -> Sentence:
    """The accuracies and how sure that is, then the times: the doubt belongs to the first only."""
    return (*_accuracies(pair), *_times(section, pair))


def _accuracies(pair: Pair) -> Sentence:
    better, worse = Name(pair.better.label), Name(pair.worse.label)
    lead = formats.points(pair.difference)
    if pair.interval is None or pair.p_adjusted is None:
        doubt = f"whether that is more than chance cannot be tested ({untested(pair)})."
        scored = f" scored {lead} more than " if pair.difference else " scored the same as "
        return (better, scored, worse, "; ", doubt)
    evidence = f"95{formats.THIN}% interval {_interval(pair)}, {formats.p_value(pair.p_adjusted)}"
    if pair.verdict is Verdict.ESTABLISHED:
        return (better, f" is {lead} better than ", worse, f" ({evidence}).")
    if pair.verdict is Verdict.AS_TRAINED:
        doubt = f" as trained ({evidence}); another seed of either may turn that."
        return (better, f" as trained is {lead} better than ", worse, doubt)
    if pair.difference == 0:
        return (better, " and ", worse, " have the same accuracy on these images.")
    if seeds_scatter(pair):
        doubt = f" on these images ({evidence}), but the seeds scatter too much to say so of the next ones."
        return (better, f" leads by {lead} over ", worse, doubt)
    doubt = f" is not established ({evidence})."
    return ("No significant difference: ", better, f"'s lead of {lead} over ", worse, doubt)


def _interval(pair: Pair) -> str:
    return formats.MISSING if pair.interval is None else formats.signed_interval(pair.interval)


def _times(section: Section, pair: Pair) -> Sentence:
    better, worse = pair.better.train_seconds, pair.worse.train_seconds
    if len(section.timing_conditions) > 1 or not better.mean or not worse.mean:
        return ()
    # After "a is better than b", it is a.
    name = "It" if pair.verdict is Verdict.ESTABLISHED else Name(pair.better.label)
    ratio = better.mean / worse.mean
    apart = better.maximum < worse.minimum or worse.maximum < better.minimum
    about = "" if apart and min(better.number, worse.number) > 1 else "about "
    if ratio > 1.05:  # noqa: PLR2004 (rounds to 1.1)
        return (" ", name, f" takes {about}{formats.times(ratio).removesuffix('×')} times the training time.")
    if ratio < 1 / 1.05:
        return (" ", name, f" trains {about}{formats.times(1 / ratio).removesuffix('×')} times faster.")
    return (" Both take about the same training time.",)


def _doubt(pair: Pair) -> str:
    """Why a difference is not established: chance among the images, or among the seeds."""
    return "their seeds scatter too much" if seeds_scatter(pair) else formats.p_value(pair.p_adjusted or 0.0)
