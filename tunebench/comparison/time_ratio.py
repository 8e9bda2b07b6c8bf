"""How many times as long one model takes to train as another, with its uncertainty."""

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import fmean, variance

from tunebench.comparison.comparable_times import differences
from tunebench.comparison.intervals import CONFIDENCE, Interval
from tunebench.comparison.model_summary import ENOUGH_SEEDS, ModelSummary


@dataclass(frozen=True)
class TimeRatio:
    """A ratio of training times.

    Attributes:
        value: Of the geometric means, above 0.
        interval: Its 95 % interval; ``None`` if a model was timed fewer than three times.
        noise: The ratio of identical trainings on the page, at most; 1 if there are none. An interval that is
            not beyond it establishes nothing: it only knows how much a model's own repeats scatter.
    """

    value: float
    interval: Interval | None
    noise: float = 1.0

    @property
    def faster(self) -> bool:
        """Whether the first model is established to train faster."""
        return self.interval is not None and self.interval.high < 1 / self.noise

    @property
    def slower(self) -> bool:
        """Whether the first model is established to train slower."""
        return self.interval is not None and self.interval.low > self.noise

    @property
    def may_be_noise(self) -> bool:
        """Whether a difference would be established if identical trainings took the same time."""
        return not (self.interval is None or 1 in self.interval or self.faster or self.slower)


def time_ratio(
    first: ModelSummary, second: ModelSummary, *, any_precision: bool = False, noise: float = 1.0
) -> TimeRatio | None:
    """The training time of one model in relation to another's.

    Times scatter by a factor, so their logarithms are compared: turn by turn if both were timed again in
    turns, which cancels whatever slowed the machine for a while, otherwise as two samples. Frozen features
    are timed once and counted in every repeat, so their own scatter is not in the interval.

    Args:
        first: A model.
        second: Another.
        any_precision: Whether they may have been trained in different precisions.
        noise: See :class:`TimeRatio`.

    Returns:
        The ratio; ``None`` if the models were timed under different conditions or a time is 0.

    Source:
        B. L. Welch, "The generalization of 'Student's' problem when several different population variances
        are involved", Biometrika 34 (1947), p. 28-35.
    """
    times = [model.train_seconds.values for model in (first, second)]
    if timing_differences(first, second, any_precision=any_precision) or min(map(min, times)) <= 0:
        return None
    one, other = ([log(seconds) for seconds in each] for each in times)
    change = fmean(one) - fmean(other)
    if min(len(one), len(other)) < ENOUGH_SEEDS:
        return TimeRatio(exp(change), None)
    if _in_turns(first, second):
        error, degrees = _of_pairs([a - b for a, b in zip(one, other, strict=True)])
    else:
        error, degrees = _of_samples(one, other)
    from scipy.special import stdtrit  # noqa: PLC0415 (a quarter of a second)

    half = float(stdtrit(degrees, (1 + CONFIDENCE) / 2)) * error
    return TimeRatio(exp(change), Interval(exp(change - half), exp(change + half)), noise)


def timing_differences(
    first: ModelSummary, second: ModelSummary, *, any_precision: bool = False
) -> dict[str, list[str]]:
    """The conditions that make two models' training times incomparable, with their values, by name."""
    found = differences([first.timing_conditions, second.timing_conditions])
    return {name: each for name, each in found.items() if not (any_precision and name == "precision")}


def _in_turns(first: ModelSummary, second: ModelSummary) -> bool:
    """Whether one command timed both again, one repeat of each after the other."""
    return (
        first.timing is not None
        and second.timing is not None
        and first.timing.started_at == second.timing.started_at
        and len(first.timing.repeats) == len(second.timing.repeats)
    )


def _of_pairs(changes: list[float]) -> tuple[float, float]:
    """Standard error and degrees of freedom of a mean."""
    return sqrt(variance(changes) / len(changes)), len(changes) - 1


def _of_samples(one: list[float], other: list[float]) -> tuple[float, float]:
    """Standard error and Welch's degrees of freedom of the difference of two means."""
    parts = [(variance(each) / len(each), len(each) - 1) for each in (one, other)]
    total = sum(part for part, _ in parts)
    uncertainty = sum(part**2 / degrees for part, degrees in parts)
    return sqrt(total), total**2 / uncertainty if uncertainty else 1.0
