"""Changes of accuracy and of training time between two models, corrected together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tunebench.comparison.crossed import Estimate, difference
from tunebench.comparison.intervals import Interval
from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.multiple import confidences, holm
from tunebench.comparison.pairs import LEVEL
from tunebench.comparison.time_ratio import TimeRatio, time_ratio, timing_differences
from tunebench.records import HyperparameterValue

# Keras Tuner's own entries among the hyperparameters.
_TUNERS_OWN = "tuner/"
# An interval that is wider says nothing: it covers half of all possible differences.
_SAYS_NOTHING = 1.0


@dataclass(frozen=True, eq=False)
class Change:
    """What a change did to one model.

    Attributes:
        label: What changed, in the question: the space, or the tuner.
        before: Without the change.
        after: With it.
        identical: Whether both predict the same for every image with every seed.
        estimate: The difference of their accuracies.
        interval: Its 95 % interval, from −1 to 1, simultaneous for all changes of the question; from 0 to 0
            of identical models.
        p_adjusted: Its p-value, corrected for them by Holm's method.
        confidence: Of the interval.
        time: The training time after, in relation to that before; ``None`` if they cannot be compared.
        timing_differences: The conditions of timing that prevent that, with their values, by name.
    """

    label: str
    before: ModelSummary
    after: ModelSummary
    identical: bool
    estimate: Estimate
    interval: Interval
    p_adjusted: float
    confidence: float
    time: TimeRatio | None
    timing_differences: Mapping[str, Sequence[str]]

    @property
    def established(self) -> bool:
        """Whether the accuracy is established to change."""
        return self.p_adjusted < LEVEL

    @property
    def as_trained(self) -> bool:
        """Whether that holds for these trained models only, because one has a single seed."""
        return min(self.before.seeds, self.after.seeds) == 1

    @property
    def same_training(self) -> bool:
        """Whether both are the same trainings, so that nothing can differ but their time, by chance."""
        return self.identical and _same_course(self.before, self.after)

    @property
    def same_values(self) -> bool:
        """Whether both have the same hyperparameters."""
        return _values(self.before) == _values(self.after)

    @property
    def says_nothing(self) -> bool:
        """Whether the interval covers half of all possible differences."""
        return self.interval.high - self.interval.low >= _SAYS_NOTHING


def changes(
    pairs: Iterable[tuple[str, ModelSummary, ModelSummary]],
    *,
    any_precision: bool = False,
    noise: float = 1.0,
) -> tuple[Change, ...]:
    """The changes that can be tested, because both models were tested on the same images.

    Args:
        pairs: Each with its label, the model before and the one after.
        any_precision: Whether training times in different precisions are compared.
        noise: See :class:`~tunebench.comparison.time_ratio.TimeRatio`.

    Returns:
        The changes, corrected together.
    """
    tested = [
        (pair, difference(after.crossed, before.crossed))
        for pair in pairs
        for _, before, after in [pair]
        if after.crossed is not None
        and before.crossed is not None
        and after.test_labels == before.test_labels is not None
    ]
    same = [_identical(before, after) for (_, before, after), _ in tested]
    adjusted = holm([estimate.p for _, estimate in tested])
    found = zip(tested, same, adjusted, confidences(adjusted, LEVEL), strict=True)
    return tuple(
        Change(
            label,
            before,
            after,
            identical,
            estimate,
            Interval(0.0, 0.0) if identical else estimate.interval_of_proportions(confidence),
            p,
            confidence,
            time_ratio(after, before, any_precision=any_precision, noise=noise),
            timing_differences(before, after, any_precision=any_precision),
        )
        for ((label, before, after), estimate), identical, p, confidence in found
    )


def same_training(one: ModelSummary, other: ModelSummary) -> bool:
    """Whether two models with predictions are the same trainings."""
    return _same_course(one, other) and bool(one.predictions) and _identical(one, other)


def scatter(models: Iterable[ModelSummary]) -> float:
    """How many times as long as each other the same trainings took, at most.

    Args:
        models: Any models.

    Returns:
        1 or more, to hundredths; 1 if no training was made twice under the same conditions.
    """
    same = (pair for pair in combinations(models, 2) if same_training(*pair))
    ratios = (time_ratio(*pair) for pair in same)
    factors = [max(each.value, 1 / each.value) for each in ratios if each is not None]
    return round(max(factors, default=1.0), 2)


def _same_course(one: ModelSummary, other: ModelSummary) -> bool:
    """Whether both were trained for as many epochs, in the same precision."""
    courses = [
        (each.record.environment.precision, [final.epochs for final in each.record.finals])
        for each in (one, other)
    ]
    return courses[0] == courses[1]


def _identical(before: ModelSummary, after: ModelSummary) -> bool:
    """Whether the probabilities agree to the last bit; different models only do by the same training."""
    return len(before.predictions) == len(after.predictions) and all(
        np.array_equal(one.probabilities, other.probabilities)
        for one, other in zip(before.predictions, after.predictions, strict=True)
    )


def _values(model: ModelSummary) -> dict[str, HyperparameterValue]:
    found = model.record.hyperparameters.items()
    return {name: value for name, value in found if not name.startswith(_TUNERS_OWN)}
