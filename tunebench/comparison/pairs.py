"""Every pair of models: the difference, its interval, its p-value, and whether it is established."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations

import numpy as np

from tunebench.comparison.intervals import Interval
from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.paired import (
    Correct,
    bootstrap_accuracies,
    exact_mcnemar,
    holm,
    percentile_interval,
    seed_errors,
)

LEVEL = 0.05
# All pairs up to this many models; beyond it, the pairs among the most accurate ones and the best with each.
_ALL_PAIRS_UP_TO = 12


class Verdict(Enum):
    """What the test predictions say of a pair."""

    ESTABLISHED = "established"
    """The models differ, whatever the seed."""

    AS_TRAINED = "established for these trained models"
    """The trained models differ; with one seed on a side, nothing is known of the next seed."""

    NOT_ESTABLISHED = "not established"
    """Chance alone may have made the difference."""

    NOT_TESTED = "not tested"
    """A model's predictions are missing, or are of other images."""


@dataclass(frozen=True)
class Pair:
    """Two models, the more accurate one first.

    Attributes:
        better: The more accurate one.
        worse: The other.
        difference: Of their mean accuracies, from 0 to 1.
        interval: Of the difference, 95 %: paired bootstrap over the images, with seed error where there are
            seeds; ``None`` where it was not tested.
        sampling_interval: The same without seed error.
        p: Exact McNemar p-value.
        p_adjusted: The same after Holm's correction over all pairs of the section.
        verdict: Whether the difference is established.
    """

    better: ModelSummary
    worse: ModelSummary
    difference: float
    interval: Interval | None
    sampling_interval: Interval | None
    p: float | None
    p_adjusted: float | None
    verdict: Verdict


def compare_pairs(models: Sequence[ModelSummary]) -> list[Pair]:
    """Compare the models of one data set pairwise.

    Args:
        models: The most accurate first.

    Returns:
        The pairs, in the order of the models.
    """
    # A fixed seed: the same runs give the same page.
    random = np.random.default_rng(0)
    comparable = same_images(models)
    index = {id(model): column for column, model in enumerate(comparable)}
    correct = [model.correct for model in comparable if model.correct is not None]
    accuracies = bootstrap_accuracies(correct, random) if len(correct) > 1 else np.empty((0, 0))
    errors = [seed_errors(each, random) for each in correct] if len(correct) > 1 else []
    untested: list[tuple[int, Pair]] = []
    tested: list[tuple[int, ModelSummary, ModelSummary, float]] = []
    for number, (first, second) in enumerate(_chosen(models)):
        if id(first) in index and id(second) in index:
            p = exact_mcnemar(correct[index[id(first)]], correct[index[id(second)]])
            tested.append((number, first, second, p))
        else:
            difference = first.accuracy.mean - second.accuracy.mean
            pair = Pair(first, second, difference, None, None, None, None, Verdict.NOT_TESTED)
            untested.append((number, pair))
    adjusted = holm([p for *_, p in tested], family_size(models))
    pairs = list(untested)
    for (number, first, second, p), p_adjusted in zip(tested, adjusted, strict=True):
        left, right = index[id(first)], index[id(second)]
        sampling = accuracies[:, left] - accuracies[:, right]
        sampling_interval = percentile_interval(sampling)
        interval = percentile_interval(sampling + errors[left] - errors[right])
        difference = first.accuracy.mean - second.accuracy.mean
        verdict = decide(correct[left], correct[right], interval, p_adjusted)
        pair = Pair(first, second, difference, interval, sampling_interval, p, p_adjusted, verdict)
        pairs.append((number, pair))
    return [pair for _, pair in sorted(pairs, key=lambda numbered: numbered[0])]


def family_size(models: Sequence[ModelSummary]) -> int:
    """How many comparisons the p-values are corrected for: all pairs that could be tested, tested or not."""
    comparable = len(same_images(models))
    return comparable * (comparable - 1) // 2


def same_images(models: Sequence[ModelSummary]) -> list[ModelSummary]:
    """The models whose predictions are there and are of the same images: of those that most models have."""
    groups: dict[bytes, list[ModelSummary]] = {}
    for model in models:
        images = {each.labels.tobytes() for each in model.predictions}
        if len(images) == 1:
            groups.setdefault(images.pop(), []).append(model)
    return max(groups.values(), key=len, default=[])


def difference_interval(first: Correct, second: Correct, random: np.random.Generator) -> Interval:
    """The 95 % interval of a difference, seed error included where there are seeds.

    Args:
        first: ``bool`` of shape ``(images, seeds)``.
        second: The same images.
        random: Makes the draws.

    Returns:
        Of the first one's accuracy less the second one's.
    """
    accuracies = bootstrap_accuracies([first, second], random)
    errors = seed_errors(first, random) - seed_errors(second, random)
    return percentile_interval(accuracies[:, 0] - accuracies[:, 1] + errors)


def decide(first: Correct, second: Correct, interval: Interval, p_adjusted: float) -> Verdict:
    """Whether two runs differ: the exact test and the interval must both say so.

    Args:
        first: ``bool`` of shape ``(images, seeds)``.
        second: The same images.
        interval: Of the difference, seed error included.
        p_adjusted: Of the exact test, corrected.

    Returns:
        The verdict.
    """
    if p_adjusted >= LEVEL or 0 in interval:
        return Verdict.NOT_ESTABLISHED
    return Verdict.ESTABLISHED if min(first.shape[1], second.shape[1]) > 1 else Verdict.AS_TRAINED


def _chosen(models: Sequence[ModelSummary]) -> list[tuple[ModelSummary, ModelSummary]]:
    if len(models) <= _ALL_PAIRS_UP_TO:
        return list(combinations(models, 2))
    top = models[:_ALL_PAIRS_UP_TO]
    return [*combinations(top, 2), *((models[0], model) for model in models[_ALL_PAIRS_UP_TO:])]
