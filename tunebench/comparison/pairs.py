"""Pairs of models: the difference of their scores, its interval and p-value, and the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import combinations

from tunebench.comparison.crossed import Crossed, Estimate, difference
from tunebench.comparison.intervals import Interval
from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.multiple import corrected
from tunebench.comparison.scores import strata
from tunebench.comparison.settling import Settling, settling

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
        estimate: The difference with its variance; ``None`` if not tested.
        interval: Simultaneous 95 % interval of the difference, for other images and other seeds, which
            excludes 0 exactly if ``p_adjusted`` is below .05. ``None`` if not tested.
        p_adjusted: P-value after the correction for all pairs of the section, or for the changes of the
            question; ``None`` if not tested.
        seeds_vary: Whether the trained models differ on images like these, but the difference is not
            established because seeds vary.
        verdict: Whether the difference is established.
        settling: What would probably establish it; ``None`` if it is established or was not tested.
        asked: Whether a question of a study asks for it, with whose changes it is then corrected.
    """

    better: ModelSummary
    worse: ModelSummary
    difference: float
    estimate: Estimate | None = None
    interval: Interval | None = None
    p_adjusted: float | None = None
    seeds_vary: bool = False
    verdict: Verdict = Verdict.NOT_TESTED
    settling: Settling | None = None
    asked: bool = False

    @property
    def p(self) -> float | None:
        """P-value of this pair alone; ``None`` if not tested."""
        return None if self.estimate is None else self.estimate.p


def compare_pairs(models: Sequence[ModelSummary]) -> list[Pair]:
    """Compare the models of one data set pairwise.

    Args:
        models: The models, the best first.

    Returns:
        The pairs, in the order of the models.
    """
    crossed = {model: model.crossed for model in same_images(models) if model.crossed is not None}
    groups = strata(models[0].objective, next(iter(crossed)).predictions[0].labels) if crossed else None
    pairs = [Pair(first, second, first.score - second.score) for first, second in _chosen(models)]
    tested = [pair for pair in pairs if pair.better in crossed and pair.worse in crossed]
    estimates = [difference(crossed[pair.better], crossed[pair.worse], groups) for pair in tested]
    found = corrected(
        [each.p for each in estimates],
        [pair.better is models[0] for pair in tested],
        LEVEL,
        family_size(models),
    )
    decided = {
        pair: decide(pair, (crossed[pair.better], crossed[pair.worse]), estimate, *each)
        for pair, estimate, each in zip(tested, estimates, found, strict=True)
    }
    return [decided.get(pair, pair) for pair in pairs]


def decide(
    pair: Pair, models: tuple[Crossed, Crossed], estimate: Estimate, p_adjusted: float, confidence: float
) -> Pair:
    """A pair with the verdict that follows from its corrected p-value.

    Args:
        pair: The pair.
        models: The parts of both models' scores, the better one first.
        estimate: Their difference.
        p_adjusted: Its p-value, corrected.
        confidence: Of the interval that excludes 0 exactly if that is below .05.

    Returns:
        The decided pair.
    """
    bounded = pair.better.objective.is_proportion
    established = p_adjusted < LEVEL
    one_seed = min(pair.better.seeds, pair.worse.seeds) == 1
    verdict = Verdict.AS_TRAINED if one_seed else Verdict.ESTABLISHED
    return replace(
        pair,
        estimate=estimate,
        interval=(estimate.interval_of_proportions if bounded else estimate.interval)(confidence),
        p_adjusted=p_adjusted,
        seeds_vary=not established and estimate.of_images_alone().p < 1 - confidence,
        verdict=verdict if established else Verdict.NOT_ESTABLISHED,
        settling=None if established else settling(*models, estimate, confidence),
    )


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


def _chosen(models: Sequence[ModelSummary]) -> list[tuple[ModelSummary, ModelSummary]]:
    if len(models) <= _ALL_PAIRS_UP_TO:
        return list(combinations(models, 2))
    top = models[:_ALL_PAIRS_UP_TO]
    return [*combinations(top, 2), *((models[0], model) for model in models[_ALL_PAIRS_UP_TO:])]
