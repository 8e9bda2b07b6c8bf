"""The score of a model, and the difference of two, with the errors of test images and of seeds at once.

There are two errors. *Sampling error*: other test images would give other scores. *Seed error*: another seed
would give another trained model. Images and seeds are crossed: every seed's model classifies every image. So
the variance of a mean over both has a part for each of them, and one statistic, its variance and its degrees
of freedom give the interval, the p-value and the verdict, which therefore agree
(``docs/decisions/0008-when-models-differ.md``).
"""

from dataclasses import dataclass
from functools import cached_property
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.intervals import CONFIDENCE, Interval

# Whether each image (row) was classified correctly with each seed (column).
Correct = NDArray[np.bool_]
# The same, or each image's part in another score, whose mean over the images is the score.
Parts = NDArray[np.float64] | Correct
# The share of the tosses' variance that the scatter of seeds counts with at least: the smallest with which at
# most 6 of 100 draws of ten equal models have a false difference (docs/decisions/0008).
_LEAST_SCATTER = 0.75


@dataclass(frozen=True)
class Estimate:
    """A mean over images and seeds, or the difference of two.

    Attributes:
        value: The mean, or the difference.
        image_variance: The variance of ``value`` because the test images are a sample.
        seed_variance: The variance of ``value`` because the seeds are; 0 with one seed, for which it is
            unknown.
        degrees: Degrees of freedom of the sum of both.
    """

    value: float
    image_variance: float
    seed_variance: float
    degrees: float

    @property
    def variance(self) -> float:
        """Of ``value``."""
        return self.image_variance + self.seed_variance

    @property
    def p(self) -> float:
        """The two-sided p-value of ``value`` being 0, by Student's t."""
        from scipy.special import stdtr  # noqa: PLC0415 (a quarter of a second)

        if self.variance == 0:
            return float(self.value == 0)
        return float(2 * stdtr(self.degrees, -abs(self.value) / sqrt(self.variance)))

    def interval(self, confidence: float = CONFIDENCE) -> Interval:
        """The interval of ``value``; with the confidence 1 − p, one end is 0."""
        if self.variance == 0:
            return Interval(self.value, self.value)
        half = self.quantile(confidence) * sqrt(self.variance)
        return Interval(self.value - half, self.value + half)

    def interval_of_proportions(self, confidence: float = CONFIDENCE) -> Interval:
        """The same of a difference of two proportions, which is from −1 to 1."""
        return self.interval(confidence).within(-1.0, 1.0)

    def quantile(self, confidence: float = CONFIDENCE) -> float:
        """Standard errors from ``value`` to an end of its interval."""
        from scipy.special import stdtrit  # noqa: PLC0415 (the same)

        return float(stdtrit(self.degrees, (1 + confidence) / 2))

    def of_images_alone(self) -> "Estimate":
        """The same for these trained models: without the error of the seeds."""
        return Estimate(self.value, self.image_variance, 0.0, self.degrees)


@dataclass(frozen=True, eq=False)
class Crossed:
    """A model's parts of its score, and how they scatter; computed once for all pairs that it belongs to.

    Attributes:
        parts: Of shape ``(images, seeds)``; at least one of each.
    """

    parts: Parts

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return int(self.parts.shape[1])

    @cached_property
    def of_images(self) -> NDArray[np.float64]:
        """Each image's mean over the seeds."""
        return np.asarray(self.parts.mean(axis=1))

    @property
    def seed_variance(self) -> float:
        """Variance of the true score from seed to seed.

        Part of the scatter between seeds arises because each image is a coin toss (K. Jordan, arXiv
        2304.01910). It belongs to the sampling error, so it is subtracted; the rest is the between-columns
        component of a two-way analysis of variance without replication. It is 0 if the coin tosses explain
        all of the scatter, and ``nan`` with fewer than two seeds.
        """
        if self.seeds < 2:  # noqa: PLR2004 (a variance needs two)
            return float("nan")
        return max(0.0, self.between - self.tosses)

    @property
    def scatter(self) -> float:
        """With which variance the seeds count in the degrees of freedom."""
        return max(self.between, _LEAST_SCATTER * self.tosses)

    @cached_property
    def between(self) -> float:
        """Variance of the score from seed to seed."""
        return float(self.parts.mean(axis=0).var(ddof=1))

    @cached_property
    def tosses(self) -> float:
        """The variance between seeds if each image were tossed anew with each, and nothing else varied."""
        return float(self.parts.var(axis=1, ddof=1).mean()) / len(self.parts)


def mean_of(model: Crossed, strata: NDArray[np.int64] | None = None) -> Estimate:
    """The mean score of a model over images and seeds.

    Args:
        model: The model.
        strata: A number for each image. The numbers of images in each stratum are fixed, so only the variance
            within counts. ``None``: all images are one stratum.
    """
    return _estimate(model.of_images, [model], strata)


def difference(first: Crossed, second: Crossed, strata: NDArray[np.int64] | None = None) -> Estimate:
    """The difference of the mean scores of two models that classified the same images.

    Args:
        first: A model.
        second: Another with the same images and any number of seeds.
        strata: See :func:`mean_of`.

    Returns:
        The difference. The images' part of its variance is that of the images' differences, which also holds
        what tossing each image with each seed adds. The seeds' part is the sum of both models' variances
        between seeds, each without what the tosses explain (:attr:`Crossed.seed_variance`). The degrees of
        freedom are Welch and Satterthwaite's, in which a model's seeds count with all of their scatter, and
        at least with three quarters of what the tosses explain: that a few seeds agree by chance is no
        certainty.

    Source:
        Two-way random effects: S. R. Searle, G. Casella and C. E. McCulloch, Variance Components (1992),
        chapter 4. B. L. Welch, "The generalization of 'Student's' problem when several different population
        variances are involved", Biometrika 34 (1947), p. 28-35; F. E. Satterthwaite, "An approximate
        distribution of estimates of variance components", Biometrics Bulletin 2 (1946), p. 110-114.
    """
    return _estimate(first.of_images - second.of_images, [first, second], strata)


def _estimate(
    of_images: NDArray[np.float64], models: list[Crossed], strata: NDArray[np.int64] | None
) -> Estimate:
    images, from_seeds = _sampling_variance(of_images, strata), 0.0
    uncertainty = images**2 / max(1, len(of_images) - 1)
    for model in models:
        if model.seeds > 1:
            from_seeds += model.seed_variance / model.seeds
            uncertainty += (model.scatter / model.seeds) ** 2 / (model.seeds - 1)
    # Of models that are almost the same, seeds scatter more than the difference varies.
    degrees = max(1.0, (images + from_seeds) ** 2 / uncertainty) if uncertainty else inf
    return Estimate(float(of_images.mean()), images, from_seeds, degrees)


def _sampling_variance(values: NDArray[np.float64], strata: NDArray[np.int64] | None) -> float:
    """Variance of the mean of the images' values."""
    if strata is None:
        return float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0
    numbers = np.bincount(strata)
    means = np.bincount(strata, values) / np.maximum(numbers, 1)
    squares = np.bincount(strata, (values - means[strata]) ** 2)
    return float((squares * numbers / np.maximum(numbers - 1, 1)).sum()) / len(values) ** 2
