"""Intervals for a proportion, and for a mean of proportions."""

from collections.abc import Sequence
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

    def within(self, low: float, high: float) -> "Interval":
        """The part of it that is possible."""
        return Interval(max(low, self.low), min(high, self.high))


def wilson(proportion: float, images: float, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval: the sampling error of a test set of this size.

    Unlike the normal approximation, it stays within 0 to 1 and keeps its coverage near both ends.

    Args:
        proportion: Accuracy, from 0 to 1.
        images: Number of test images, or an effective number, above 0.
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


def mean_of_proportions(
    proportions: Sequence[float], images: Sequence[float], confidence: float = CONFIDENCE
) -> Interval:
    """The interval of the mean of independent proportions, such as the recalls of balanced accuracy.

    The distance of the mean from an end is the root of the summed squares of the proportions' distances from
    those of their Wilson intervals, divided by their number.

    Args:
        proportions: From 0 to 1; at least one.
        images: The images of each, above 0.
        confidence: Coverage of the interval.

    Returns:
        The interval.

    Source:
        G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a general
        approach", Statistics in Medicine 27 (2008), p. 1693-1702.
    """
    wilsons = [wilson(each, number, confidence) for each, number in zip(proportions, images, strict=True)]
    below = sum((each - found.low) ** 2 for each, found in zip(proportions, wilsons, strict=True))
    above = sum((found.high - each) ** 2 for each, found in zip(proportions, wilsons, strict=True))
    number, mean = len(wilsons), sum(proportions) / len(wilsons)
    return Interval(mean - sqrt(below) / number, mean + sqrt(above) / number)
