"""Quantities that were measured once per seed."""

from dataclasses import dataclass
from statistics import fmean, geometric_mean, stdev

from tunebench.comparison.intervals import Interval


@dataclass(frozen=True)
class Repeats:
    """A quantity measured once per seed.

    Attributes:
        values: In the order of the seeds; at least one.
    """

    values: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Arithmetic mean."""
        return fmean(self.values)

    @property
    def geometric_mean(self) -> float:
        """Of times, which scatter by a factor: ratios are of these. 0 if a value is 0."""
        return geometric_mean(self.values) if min(self.values) > 0 else 0.0

    @property
    def sd(self) -> float | None:
        """Sample standard deviation; ``None`` for a single value."""
        return stdev(self.values) if len(self.values) > 1 else None

    @property
    def number(self) -> int:
        """Number of values."""
        return len(self.values)

    @property
    def minimum(self) -> float:
        """Smallest value."""
        return min(self.values)

    @property
    def maximum(self) -> float:
        """Largest value."""
        return max(self.values)


@dataclass(frozen=True)
class Measured(Repeats):
    """A quantity measured on the test images.

    Attributes:
        interval: 95 % interval of its mean, for other test images.
    """

    interval: Interval
