"""Intervals for a proportion."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Attributes:
        low: Lower end.
        high: Upper end.
    """

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def wilson(proportion: float, images: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval: the sampling error of a test set of this size.

    Unlike the normal approximation, it stays within 0 to 1 and keeps its coverage near both ends. With
    several seeds, use their mean accuracy: all seeds share the test images, so more seeds do not narrow the
    interval.

    Args:
        proportion: Accuracy, from 0 to 1.
        images: Number of test images, at least 1.
        confidence: Coverage of the interval.

    Returns:
        The interval.

    Source:
        E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
        American Statistical Association 22 (1927), p. 209-212; recommended by L. D. Brown, T. T. Cai and
        A. DasGupta, "Interval estimation for a binomial proportion", Statistical Science 16 (2001), p.
        101-133.
    """
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    shrink = 1 + z * z / images
    centre = (proportion + z * z / (2 * images)) / shrink
    half = z / shrink * sqrt(proportion * (1 - proportion) / images + z * z / (4 * images * images))
    # Rounding errors can exceed bounds that the formula keeps exactly.
    return Interval(min(max(0.0, centre - half), proportion), max(min(1.0, centre + half), proportion))
