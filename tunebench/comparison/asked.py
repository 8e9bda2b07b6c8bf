"""One verdict for a pair of models: that of a study's question, if one asks for it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from tunebench.comparison.change import Change
from tunebench.comparison.pairs import Pair, decide
from tunebench.comparison.study import Study
from tunebench.objectives import ACCURACY


def as_asked(pairs: Iterable[Pair], studies: Iterable[Study]) -> Iterable[Pair]:
    """Decide pairs as the questions of studies do.

    A question corrects p-values for its own changes, and a section for all of its pairs. With both on a page,
    one pair could have two verdicts.

    Args:
        pairs: The pairs of a section.
        studies: The studies on the page.

    Yields:
        Each pair; those that a question asks for with its p-value, interval and verdict.
    """
    changes = {
        frozenset((change.before.run.folder, change.after.run.folder)): change
        for study in studies
        for question in study.questions
        for change in question.changes
    }
    for pair in pairs:
        yield _as_asked(pair, changes)


def _as_asked(pair: Pair, changes: Mapping[frozenset[Path], Change]) -> Pair:
    change = changes.get(frozenset((pair.better.run.folder, pair.worse.run.folder)))
    better, worse = pair.better.crossed, pair.worse.crossed
    # The questions are asked of accuracy.
    if change is None or pair.estimate is None or better is None or worse is None:
        return pair
    if pair.better.objective != ACCURACY:
        return pair
    found = decide(pair, (better, worse), pair.estimate, change.p_adjusted, change.confidence)
    return replace(found, interval=change.interval if change.identical else found.interval, asked=True)
