"""Intervals for a proportion."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A confidence interval.

    Attributes:
        low: Its lower end.
        high: Its upper end.
    """

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def wilson(proportion: float, images: int, confidence: float = CONFIDENCE) -> Interval:
    """Wilson's score interval: what another test set of this size might have shown.

    It stays inside 0 to 1 and keeps its coverage near both ends, where the textbook interval fails. With
    several seeds, give the mean accuracy: the images are the same for every seed, so more seeds do not narrow
    it.

    Args:
        proportion: Accuracy, from 0 to 1.
        images: Test images, at least 1.
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
    # Rounding may step a hair outside the bounds that the formula keeps exactly.
    return Interval(min(max(0.0, centre - half), proportion), max(min(1.0, centre + half), proportion))
