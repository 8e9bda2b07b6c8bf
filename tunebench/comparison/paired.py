"""Tests and intervals for the difference of two models that classified the same images.

There are two errors. *Sampling error*: other test images would give other accuracies. *Seed error*: another
seed would give another trained model. The exact test covers the first, the interval both; a difference is
established when both agree (see `docs/decisions/0008-when-models-differ.md`).
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.intervals import CONFIDENCE, Interval

# Whether each image (row) was classified correctly with each seed (column).
Correct = NDArray[np.bool_]
# The same, or each image's part in another score, whose mean over the images is the score.
Parts = NDArray[np.float64] | Correct

BOOTSTRAP_DRAWS = 4000
# With 31 models there are 465 pairs, and Holm's correction still allows p < .05.
SIGN_DRAWS = 9999
_IMAGES_AT_ONCE = 8_000_000


def exact_mcnemar(first: Correct, second: Correct) -> float:
    """Two-sided exact p-value that two runs are equally accurate on images like these.

    With one seed each this is McNemar's exact test: of the images that only one model classifies correctly,
    half should favour each model. With several seeds, the sum of the images' differences is compared with its
    exact distribution under random signs (Fisher's randomisation test), because under the null hypothesis the
    two runs are exchangeable on every image. A random sign times ``size`` has the characteristic function
    ``cos(size * angle)``; their product is inverted by the fast Fourier transform.

    Args:
        first: ``bool`` of shape ``(images, seeds)``.
        second: The same images, any number of seeds.

    Returns:
        The p-value, from 0 to 1, with an absolute error below 1e-12; 1 if no image distinguishes the two.

    Source:
        Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
        percentages", Psychometrika 12 (1947), p. 153-157; recommended for trained classifiers by T. G.
        Dietterich, "Approximate statistical tests for comparing supervised classification learning
        algorithms", Neural Computation 10 (1998), p. 1895-1923. Random signs: R. A. Fisher, The Design of
        Experiments (1935), § 21. Characteristic functions: M. Pagano and D. Tritchler, "On obtaining
        permutation distributions in polynomial time", Journal of the American Statistical Association 78
        (1983), p. 435-440.
    """
    # Each run's sums are multiplied by the other's number of seeds, so that the differences are integers.
    differences = first.sum(axis=1) * second.shape[1] - second.sum(axis=1) * first.shape[1]
    # The divisor is 0 if all differences are.
    differences //= max(1, np.gcd.reduce(differences))
    sizes, counts = np.unique(np.abs(differences), return_counts=True)
    largest, observed = int(sizes @ counts), abs(int(differences.sum()))
    length = 2 * largest + 1
    angles = 2 * np.pi * np.arange(largest + 1) / length
    transform = np.ones(largest + 1)
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        transform *= np.cos(size * angles) ** count
    chances = np.fft.irfft(transform, length)
    return float(np.clip(2 * chances[observed : largest + 1].sum(), 0, 1))


def holm(p_values: Sequence[float], family: int | None = None) -> list[float]:
    """Holm's correction, which controls the chance of any false positive in a family of comparisons.

    Args:
        p_values: P-values of the comparisons that were tested.
        family: Number of comparisons, tested or not; those not tested count as no smaller. Default: the
            number tested.

    Returns:
        The adjusted p-values in the same order.

    Source:
        S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics
        6 (1979), p. 65-70.
    """
    size = max(family or 0, len(p_values))
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (size - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def bootstrap_means(
    runs: Sequence[Parts],
    random: np.random.Generator,
    draws: int = BOOTSTRAP_DRAWS,
    strata: NDArray[np.int64] | None = None,
) -> NDArray[np.float64]:
    """Mean accuracies, or other scores, of all runs on bootstrap resamples of the test images.

    Args:
        runs: One array of shape ``(images, seeds)`` per run, all of the same images.
        random: Generator for the resamples.
        draws: Number of resamples.
        strata: A number for each image; each resample has as many images with that number as the original.
            ``None``: all are drawn together.

    Returns:
        ``float64`` of shape ``(draws, runs)``. A row uses the same images for every run, so differences of
        columns are paired bootstrap differences.

    Source:
        B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 16.
    """
    means = np.stack([run.mean(axis=1) for run in runs], axis=1)
    images = len(means)
    chunk = max(1, min(draws, _IMAGES_AT_ONCE // images))
    accuracies = np.empty((draws, len(runs)))
    if strata is not None:
        order = np.argsort(strata, kind="stable")
        grouped = strata[order]
        # Of each image in this order, the first of its stratum and the first of the next.
        first, last = (np.searchsorted(grouped, grouped, side) for side in ("left", "right"))
    for start in range(0, draws, chunk):
        rows = min(chunk, draws - start)
        if strata is None:
            chosen = random.integers(0, images, size=(rows, images))
        else:
            chosen = order[random.integers(first, last, size=(rows, images))]
        chosen += images * np.arange(rows)[:, None]
        counts = np.bincount(chosen.ravel(), minlength=rows * images).reshape(rows, images)
        accuracies[start : start + rows] = counts @ means / images
    return accuracies


def random_signs(
    differences: NDArray[np.float64], random: np.random.Generator, draws: int = SIGN_DRAWS
) -> list[float]:
    """Two-sided p-values that two runs have the same score on images like these, by random signs.

    Under the null hypothesis the two runs are exchangeable on every image, so an image's difference might as
    well have the other sign. Accuracy's exact distribution needs differences of few sizes; here it is drawn.
    Of macro F1 the images' parts are approximate, and so is the test.

    Args:
        differences: The differences of the images' parts of each pair of runs, shape ``(images, pairs)``.
        random: Generator for the signs, the same for all pairs.
        draws: Number of drawn sign patterns; the smallest p-value is 1 / (draws + 1).

    Returns:
        A p-value for each pair.

    Source:
        R. A. Fisher, The Design of Experiments (1935), § 21; M. Dwass, "Modified randomization tests for
        nonparametric hypotheses", Annals of Mathematical Statistics 28 (1957), p. 181-187.
    """
    observed = np.abs(differences.sum(axis=0))
    # Rounding errors must not make an equal sum smaller.
    least = observed - 1e-9 * np.abs(differences).sum(axis=0)
    images, as_large = len(differences), np.ones(differences.shape[1])
    chunk = max(1, min(draws, _IMAGES_AT_ONCE // images))
    for start in range(0, draws, chunk):
        signs = 2.0 * random.integers(0, 2, size=(min(chunk, draws - start), images), dtype=np.int8) - 1
        as_large += (np.abs(signs @ differences) >= least).sum(axis=0)
    p_values: list[float] = (as_large / (draws + 1)).tolist()
    return p_values


def seed_variance(correct: Parts) -> float:
    """Variance of a run's true accuracy, or another score, from seed to seed.

    Part of the scatter between seeds arises because each image is a coin toss (K. Jordan, arXiv 2304.01910).
    It belongs to the sampling error, so it is subtracted; the rest is the between-columns component of a
    two-way analysis of variance without replication.

    Args:
        correct: Whether each image is classified correctly, or its part in another score; of shape
            ``(images, seeds)``.

    Returns:
        The variance, 0 if the coin tosses explain all of it; ``nan`` with fewer than two seeds.
    """
    images, seeds = int(correct.shape[0]), int(correct.shape[1])
    if seeds < 2:  # noqa: PLR2004 (a variance needs two)
        return float("nan")
    between = float(correct.mean(axis=0).var(ddof=1))
    tosses = float(correct.var(axis=1, ddof=1).mean()) / images
    variance: float = max(0.0, between - tosses)
    return variance


def seed_errors(
    correct: Parts, random: np.random.Generator, draws: int = BOOTSTRAP_DRAWS
) -> NDArray[np.float64]:
    """Draws of the difference between a run's mean over its seeds and its mean over all possible seeds.

    A variance estimated from few seeds is uncertain, hence Student's t with ``seeds - 1`` degrees of freedom
    (the generalised confidence interval of S. Weerahandi, Journal of the American Statistical Association 88
    (1993), p. 899-905).

    Args:
        correct: As for :func:`seed_variance`.
        random: Generator for the draws.
        draws: Number of draws.

    Returns:
        ``float64`` of shape ``(draws,)``; zeros with fewer than two seeds, because the error is then unknown.
    """
    seeds = correct.shape[1]
    variance = seed_variance(correct)
    if not variance > 0:
        return np.zeros(draws)
    return np.asarray(sqrt(variance / seeds) * random.standard_t(seeds - 1, size=draws))


def percentile_interval(draws: NDArray[np.float64], confidence: float = CONFIDENCE) -> Interval:
    """The percentile bootstrap interval of the draws."""
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))
