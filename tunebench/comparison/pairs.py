"""Pairs of models: the difference of their scores, its interval and p-value, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from tunebench.comparison.intervals import Interval
from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.paired import (
    Correct,
    Parts,
    bootstrap_means,
    exact_mcnemar,
    holm,
    percentile_interval,
    random_signs,
    seed_errors,
)
from tunebench.comparison.scores import strata
from tunebench.objectives import ACCURACY

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.05
# With more models, only the pairs among this many of the best, and the best with each other one.
_ALL_PAIRS_UP_TO = 12


class Verdict(Enum):
    """The conclusion from a pair's test predictions."""

    ESTABLISHED = "established"
    """The models differ, seed error included."""

    AS_TRAINED = "established for these trained models"
    """The trained models differ; one has a single seed, so other seeds may not."""

    NOT_ESTABLISHED = "not established"
    """The difference may be chance."""

    NOT_TESTED = "not tested"
    """A model's predictions are missing or are of other images."""


@dataclass(frozen=True)
class Pair:
    """Two models, the better one first.

    Attributes:
        better: The better one by their objective, which is accuracy unless another was asked for.
        worse: The other model.
        difference: Difference of their scores, at least 0.
        interval: 95 % interval of the difference: paired bootstrap over the images, plus seed error with
            several seeds; ``None`` if not tested.
        sampling_interval: The same without seed error; ``None`` if not tested.
        p: Exact McNemar p-value of accuracies, otherwise that of random signs; ``None`` if not tested.
        p_adjusted: The same after Holm's correction over all pairs of the section.
        verdict: Whether the difference is established.
    """

    better: ModelSummary
    worse: ModelSummary
    difference: float
    interval: Interval | None = None
    sampling_interval: Interval | None = None
    p: float | None = None
    p_adjusted: float | None = None
    verdict: Verdict = Verdict.NOT_TESTED


def compare_pairs(models: Sequence[ModelSummary]) -> list[Pair]:
    """Compare the models of one data set pairwise.

    Args:
        models: The models, the best first.

    Returns:
        The pairs, in the order of the models.
    """
    # A fixed seed: the same runs give the same page.
    random = np.random.default_rng(0)
    parts = {model: model.parts for model in same_images(models) if model.parts is not None}
    sampled: dict[ModelSummary, NDArray[np.float64]] = {}
    if len(parts) > 1:
        groups = strata(models[0].objective, next(iter(parts)).predictions[0].labels)
        scores = bootstrap_means([*parts.values()], random, strata=groups).T
        sampled = dict(zip(parts, scores, strict=True))
    errors = {model: seed_errors(parts[model], random) for model in sampled}
    chosen = _chosen(models)
    testable = [(first, second) for first, second in chosen if first in parts and second in parts]
    tested = dict(zip(testable, _p_values(testable, random), strict=True))
    adjusted = dict(zip(tested, holm(list(tested.values()), family_size(models)), strict=True))
    pairs = []
    for first, second in chosen:
        pair = Pair(first, second, first.score - second.score)
        if (first, second) in tested:
            sampling = sampled[first] - sampled[second]
            interval = percentile_interval(sampling + errors[first] - errors[second])
            p_adjusted = adjusted[first, second]
            pair = replace(
                pair,
                interval=interval,
                sampling_interval=percentile_interval(sampling),
                p=tested[first, second],
                p_adjusted=p_adjusted,
                verdict=decide(parts[first], parts[second], interval, p_adjusted),
            )
        pairs.append(pair)
    return pairs


def _p_values(pairs: Sequence[tuple[ModelSummary, ModelSummary]], random: np.random.Generator) -> list[float]:
    """The exact test of accuracies, and for other objectives the one by random signs."""
    if not pairs:
        return []
    if pairs[0][0].objective != ACCURACY:
        differences = [_mean_part(first) - _mean_part(second) for first, second in pairs]
        return random_signs(np.stack(differences, axis=1), random)
    return [
        exact_mcnemar(first.correct, second.correct)
        for first, second in pairs
        if first.correct is not None and second.correct is not None
    ]


def _mean_part(model: ModelSummary) -> "NDArray[np.float64]":
    """Each image's part in a model's score, mean over the seeds."""
    parts = np.asarray(model.parts, dtype=np.float64)
    return np.asarray(parts.mean(axis=1))


def family_size(models: Sequence[ModelSummary]) -> int:
    """Number of comparisons for the correction of p-values: all testable pairs, also those left out."""
    comparable = len(same_images(models))
    return comparable * (comparable - 1) // 2


def same_images(models: Sequence[ModelSummary]) -> list[ModelSummary]:
    """The largest group of models with predictions of the same images."""
    groups: dict[bytes, list[ModelSummary]] = {}
    for model in models:
        if model.test_labels is not None:
            groups.setdefault(model.test_labels, []).append(model)
    return max(groups.values(), key=len, default=[])


def difference_interval(first: Correct, second: Correct, random: np.random.Generator) -> Interval:
    """The 95 % interval of a difference in accuracy, with seed error if there are several seeds.

    Args:
        first: ``bool`` of shape ``(images, seeds)``.
        second: The same images.
        random: Generator for the draws.

    Returns:
        The interval of the first accuracy minus the second.
    """
    accuracies = bootstrap_means([first, second], random)
    errors = seed_errors(first, random) - seed_errors(second, random)
    return percentile_interval(accuracies[:, 0] - accuracies[:, 1] + errors)


def decide(first: Parts, second: Parts, interval: Interval, p_adjusted: float) -> Verdict:
    """Whether two runs differ: both the test and the interval must show it.

    Args:
        first: Of shape ``(images, seeds)``.
        second: The same images.
        interval: Interval of the difference, seed error included.
        p_adjusted: Corrected p-value of the test.

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
