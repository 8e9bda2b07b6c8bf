"""The Pareto front of accuracy (or what else models are compared by) and training time, with uncertainty."""

from collections.abc import Mapping, Sequence
from enum import Enum

from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.time_ratio import time_ratio


class Standing(Enum):
    """A model's position in the trade-off between accuracy and training time."""

    FRONT = "on the front"
    """No other model is both better and faster to train."""

    UNSETTLED = "behind the front, not established"
    """Another model looks better in both, but that may be chance."""

    DOMINATED = "dominated"
    """Another model is established to be better and to train faster."""

    UNKNOWN = "not comparable"
    """The training times were measured under different conditions."""


def standings(
    models: Sequence[ModelSummary], established: Mapping[tuple[str, str], bool], noise: float = 1.0
) -> dict[str, Standing]:
    """Find each model's standing.

    Args:
        models: The models of one data set.
        established: Whether the difference is established, by ``(better label, worse label)``.
        noise: See :class:`~tunebench.comparison.time_ratio.TimeRatio`.

    Returns:
        The standing by label; ``UNKNOWN`` for all if the timing conditions differ.
    """
    if len({model.timing_conditions for model in models}) > 1:
        return {model.label: Standing.UNKNOWN for model in models}
    return {model.label: _standing(model, models, established, noise) for model in models}


def _standing(
    model: ModelSummary,
    models: Sequence[ModelSummary],
    established: Mapping[tuple[str, str], bool],
    noise: float,
) -> Standing:
    standing = Standing.FRONT
    for other in models:
        if other is model or not _looks_better(other, model):
            continue
        ratio = time_ratio(other, model, noise=noise)
        if ratio is not None and ratio.faster and established.get((other.label, model.label), False):
            return Standing.DOMINATED
        standing = Standing.UNSETTLED
    return standing


def _looks_better(one: ModelSummary, other: ModelSummary) -> bool:
    """Whether the means are at least as good in both and better in one."""
    gains = (one.score - other.score, other.train_seconds.mean - one.train_seconds.mean)
    return min(gains) >= 0 and max(gains) > 0
