"""The Pareto front of accuracy and training time, with uncertainty."""

from collections.abc import Mapping, Sequence
from enum import Enum

from tunebench.comparison.model_summary import ENOUGH_SEEDS, ModelSummary


class Standing(Enum):
    """Where a model stands between accuracy and training time."""

    FRONT = "on the front"
    """No other model is both more accurate and faster to train."""

    UNSETTLED = "behind the front, not established"
    """Another one looks better in both, but chance may have made it so."""

    DOMINATED = "dominated"
    """Another one is more accurate, which is established, and was faster to train in every repeat."""

    UNKNOWN = "not comparable"
    """The training times were not measured alike."""


def standings(
    models: Sequence[ModelSummary], established: Mapping[tuple[str, str], bool]
) -> dict[str, Standing]:
    """Place every model.

    A time counts as shorter when the slowest of at least three repeats of one is faster than the fastest of
    at least three of the other. It is no test: frozen features are timed once and counted in every repeat.

    Args:
        models: Of one data set.
        established: For ``(better label, worse label)``, whether the difference in accuracy is established.

    Returns:
        The standing by label; all ``UNKNOWN`` where the models were not timed alike.
    """
    if len({model.timing_conditions for model in models}) > 1:
        return {model.label: Standing.UNKNOWN for model in models}
    return {model.label: _standing(model, models, established) for model in models}


def _standing(
    model: ModelSummary, models: Sequence[ModelSummary], established: Mapping[tuple[str, str], bool]
) -> Standing:
    standing = Standing.FRONT
    for other in models:
        if other is model or not _looks_better(other, model):
            continue
        repeated = min(model.train_seconds.number, other.train_seconds.number) >= ENOUGH_SEEDS
        surely_faster = repeated and other.train_seconds.maximum < model.train_seconds.minimum
        if surely_faster and established.get((other.label, model.label), False):
            return Standing.DOMINATED
        standing = Standing.UNSETTLED
    return standing


def _looks_better(one: ModelSummary, other: ModelSummary) -> bool:
    """At least as good in both and better in one, by the means."""
    accuracy, other_accuracy = one.accuracy.mean, other.accuracy.mean
    seconds, other_seconds = one.train_seconds.mean, other.train_seconds.mean
    if accuracy < other_accuracy or seconds > other_seconds:
        return False
    return accuracy > other_accuracy or seconds < other_seconds
