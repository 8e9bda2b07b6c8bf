"""Pairs of models in words: which is better, whether that is established, and what it costs."""

from collections.abc import Iterable

from tunebench.comparison import ModelSummary, Pair, Section, TimeRatio, Verdict
from tunebench.report import formats, measures
from tunebench.report.words import Name, Sentence, joined

_NAMED_PAIRS = 3
_VERDICTS = {
    Verdict.ESTABLISHED: "different",
    Verdict.AS_TRAINED: "different as trained (one seed)",
    Verdict.NOT_ESTABLISHED: "not established",
}


def against_best(section: Section, quick: ModelSummary | None) -> Iterable[Sentence]:
    """Compare the best model with its runner-up and with the faster alternative.

    Args:
        section: The models of one data set.
        quick: The faster alternative.

    Yields:
        A sentence or two per pair.
    """
    for pair in _with_best(section, quick):
        yield (*_scores(pair), *_times(pair, section.time_ratio(pair.better, pair.worse)))


def _with_best(section: Section, quick: ModelSummary | None) -> list[Pair]:
    rivals = dict.fromkeys([*section.models[1:2], *([quick] if quick else [])])
    pairs = [section.pair(section.models[0], rival) for rival in rivals]
    return [pair for pair in pairs if pair is not None]


def undecided(section: Section, quick: ModelSummary | None) -> Iterable[Sentence]:
    """The pairs whose difference is not established, as the table of pairs has them.

    Args:
        section: The models of one data set.
        quick: The faster alternative.

    Yields:
        A sentence, unless :func:`against_best` has said it of all of them.
    """
    found = [pair for pair in section.pairs if pair.verdict is Verdict.NOT_ESTABLISHED]
    if all(pair in _with_best(section, quick) for pair in found):
        return
    if len(found) == 1:
        yield (*_both(found[0]), f" cannot be distinguished on these images ({_doubt(found[0])}).")
        return
    tested = sum(pair.verdict is not Verdict.NOT_TESTED for pair in section.pairs)
    named = joined([(*_both(pair), f" ({_doubt(pair)})") for pair in found[:_NAMED_PAIRS]], "; ")
    more = f"; and {len(found) - _NAMED_PAIRS} more" if len(found) > _NAMED_PAIRS else ""
    yield (f"{len(found)} of {tested} pairs cannot be distinguished on these images: ", *named, f"{more}.")


def verdict(pair: Pair) -> str:
    """A pair's verdict in a few words."""
    return _VERDICTS.get(pair.verdict) or f"not tested: {_untested(pair)}"


def _untested(pair: Pair) -> str:
    both = pair.better.predictions and pair.worse.predictions
    return "predictions are for different images" if both else "predictions missing"


def _both(pair: Pair) -> Sentence:
    return (Name(pair.better.label), " and ", Name(pair.worse.label))


def _scores(pair: Pair) -> Sentence:
    better, worse, objective = Name(pair.better.label), Name(pair.worse.label), pair.better.objective
    lead = measures.difference(objective, pair.difference)
    if pair.interval is None or pair.p_adjusted is None:
        ahead = f" scored {lead} more than " if objective.is_proportion else f" is {lead} better than "
        scored = ahead if pair.difference else " scored the same as "
        return (better, scored, worse, f"; this difference cannot be tested ({_untested(pair)}).")
    interval = measures.difference_interval(objective, pair.interval)
    evidence = f"95{formats.THIN}% interval {interval}, {formats.p_value(pair.p_adjusted)}"
    if pair.verdict is Verdict.ESTABLISHED:
        return (better, f" is {lead} better than ", worse, f" ({evidence}).")
    if pair.verdict is Verdict.AS_TRAINED:
        doubt = f" ({evidence}); another seed could change that."
        return ("As trained, ", better, f" is {lead} better than ", worse, doubt)
    if pair.difference == 0:
        return (*_both(pair), f" have the same {objective.words} on these images.")
    if pair.seeds_vary:
        doubt = f" on these images ({evidence}), but results vary too much between seeds to establish that."
        return (better, f" leads by {lead} over ", worse, doubt)
    return ("No significant difference: ", better, f" leads by {lead} over ", worse, f" ({evidence}).")


def _times(pair: Pair, ratio: TimeRatio | None) -> Sentence:
    if ratio is None:
        return ()
    # After "a is better than b", the subject is clear.
    name = "It" if pair.verdict is Verdict.ESTABLISHED else Name(pair.better.label)
    if ratio.interval is None:
        factor, doubt = (
            formats.times(max(ratio.value, 1 / ratio.value)).removesuffix("×"),
            "timed too few times to be sure",
        )
        words = (
            f" took {factor} times as long to train"
            if ratio.value > 1
            else f" trained {factor} times as fast"
        )
        return (" ", name, f"{words} ({doubt}).")
    low, high = ratio.interval.low, ratio.interval.high
    if ratio.slower:
        return (" ", name, f" takes {times_with_interval(ratio.value, low, high)} as long to train.")
    if ratio.faster:
        return (" ", name, f" trains {times_with_interval(1 / ratio.value, 1 / high, 1 / low)} as fast.")
    noise = f"; of identical trainings up to {ratio.noise:.2f}" if ratio.may_be_noise else ""
    return (f" Neither trains faster for certain (ratio of times {low:.2g} to {high:.2g}{noise}).",)


def times_with_interval(value: float, low: float, high: float) -> str:
    """A ratio of times with its interval, such as ``1.3 times (1.1 to 1.5)``."""
    factors = [formats.times(each).removesuffix("×") for each in (value, low, high)]
    return f"{factors[0]} times ({factors[1]} to {factors[2]})"


def _doubt(pair: Pair) -> str:
    """Why a difference is not established: sampling of the images, or variation between seeds."""
    return "results vary too much between seeds" if pair.seeds_vary else formats.p_value(pair.p_adjusted or 0)
