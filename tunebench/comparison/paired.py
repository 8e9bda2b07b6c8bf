"""Tests and intervals for the difference of two models that classified the same images.

Two errors are kept apart. *Sampling error*: another set of test images would give other accuracies. *Seed
error*: another seed would give another trained model. The exact test speaks of the first, the interval of
both; a difference is called established when both agree (see `docs/decisions/0020-when-models-differ.md`).
"""

from collections.abc import Sequence
from math import lgamma, log, sqrt

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.intervals import CONFIDENCE, Interval

# Which images (rows) the models of a run's seeds (columns) classified correctly.
Correct = NDArray[np.bool_]

BOOTSTRAP_DRAWS = 4000
_IMAGES_AT_ONCE = 8_000_000


def exact_mcnemar(first: Correct, second: Correct) -> float:
    """Two-sided exact p-value that two runs are equally accurate on images like these.

    With one seed each this is McNemar's exact test: of the images that one model has right and the other
    wrong, half should favour each. With several seeds an image counts as often as its seeds differ: under the
    null hypothesis the two runs could be swapped for each image by itself, so the sum of the images'
    differences is compared with its exact distribution under random signs (Fisher's randomisation test),
    found by convolution.

    Args:
        first: ``bool`` of shape ``(images, seeds)``.
        second: The same images, any number of seeds.

    Returns:
        The p-value, from 0 to 1; 1 where no image tells the two apart.

    Source:
        Q. McNemar, "Note on the sampling error of the difference between correlated proportions or
        percentages", Psychometrika 12 (1947), p. 153-157; recommended for trained classifiers by T. G.
        Dietterich, "Approximate statistical tests for comparing supervised classification learning
        algorithms", Neural Computation 10 (1998), p. 1895-1923. Random signs: R. A. Fisher, The Design of
        Experiments (1935), § 21.
    """
    # Whole numbers, so that the distribution has finitely many steps: seeds of one weigh the other's sums.
    differences = first.sum(axis=1) * second.shape[1] - second.sum(axis=1) * first.shape[1]
    divisor = int(np.gcd.reduce(differences))
    if divisor == 0:
        return 1.0
    differences = differences // divisor
    sizes, counts = np.unique(np.abs(differences[differences != 0]), return_counts=True)
    distribution = np.ones(1)
    for size, count in zip(sizes.tolist(), counts.tolist(), strict=True):
        # The sum of `count` random signs of that size: -count·size, …, count·size in steps of 2·size.
        steps = np.zeros(2 * size * count + 1)
        steps[:: 2 * size] = _heads(count)
        distribution = _convolved(distribution, steps) if len(distribution) > 1 else steps
    centre = (len(distribution) - 1) // 2
    observed = abs(int(differences.sum()))
    if observed == 0:
        return 1.0
    return float(np.clip(2 * distribution[centre + observed :].sum(), 0, 1))


def _heads(tosses: int) -> NDArray[np.float64]:
    """Chances of 0, 1, …, ``tosses`` heads of a fair coin.

    scipy has this and the convolution, but loading it takes longer than the rest of a comparison.
    """
    factorials = np.array([lgamma(count + 1) for count in range(tosses + 1)])
    return np.asarray(np.exp(factorials[-1] - factorials - factorials[::-1] - tosses * log(2)))


def _convolved(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """By way of Fourier's transform: multiplied out, 50,000 images would take minutes."""
    length = len(first) + len(second) - 1
    return np.fft.irfft(np.fft.rfft(first, length) * np.fft.rfft(second, length), length)


def holm(p_values: Sequence[float], family: int | None = None) -> list[float]:
    """Holm's correction: p-values that keep the chance of any false claim in a family below the level.

    Args:
        p_values: Of the comparisons that were tested.
        family: How many comparisons there are; those not tested are taken to be no smaller. Default: as many
            as were tested.

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


def bootstrap_accuracies(
    runs: Sequence[Correct], random: np.random.Generator, draws: int = BOOTSTRAP_DRAWS
) -> NDArray[np.float64]:
    """Mean accuracies of all runs on resampled test images, the same images for every run.

    Args:
        runs: Of each run, ``bool`` of shape ``(images, seeds)``; the images are the same.
        random: Chooses the images.
        draws: How many resamples.

    Returns:
        ``float64`` of shape ``(draws, runs)``. Differences of its columns are paired bootstrap differences.

    Source:
        B. Efron and R. J. Tibshirani, An Introduction to the Bootstrap (1993), chapters 13 and 16.
    """
    means = np.stack([run.mean(axis=1) for run in runs], axis=1)
    images = len(means)
    chunk = max(1, min(draws, _IMAGES_AT_ONCE // images))
    accuracies = np.empty((draws, len(runs)))
    for start in range(0, draws, chunk):
        rows = min(chunk, draws - start)
        chosen = random.integers(0, images, size=(rows, images)) + images * np.arange(rows)[:, None]
        counts = np.bincount(chosen.ravel(), minlength=rows * images).reshape(rows, images)
        accuracies[start : start + rows] = counts @ means / images
    return accuracies


def seed_variance(correct: Correct) -> float:
    """Variance of a run's true accuracy from seed to seed.

    The accuracies of several seeds also scatter because each image is a toss of a coin; that part is sampling
    error already, so it is taken off (the between-columns component of a two-way analysis of variance without
    replication; the coin tosses are the finding of K. Jordan, arXiv 2304.01910).

    Args:
        correct: ``bool`` of shape ``(images, seeds)``.

    Returns:
        The variance, 0 where the tosses explain all; ``nan`` with fewer than two seeds.
    """
    images, seeds = int(correct.shape[0]), int(correct.shape[1])
    if seeds < 2:  # noqa: PLR2004 (a variance needs two)
        return float("nan")
    between = float(correct.mean(axis=0).var(ddof=1))
    tosses = float(correct.var(axis=1, ddof=1).mean()) / images
    variance: float = max(0.0, between - tosses)
    return variance


def seed_errors(
    correct: Correct, random: np.random.Generator, draws: int = BOOTSTRAP_DRAWS
) -> NDArray[np.float64]:
    """Draws of how far a run's mean over its seeds may lie from its mean over all seeds.

    Few seeds say little about their own spread: Student's t with ``seeds - 1`` degrees of freedom carries
    that doubt (the generalised confidence interval of S. Weerahandi, Journal of the American Statistical
    Association 88 (1993), p. 899-905).

    Args:
        correct: ``bool`` of shape ``(images, seeds)``.
        random: Makes the draws.
        draws: How many.

    Returns:
        ``float64`` of shape ``(draws,)``; zeros with fewer than two seeds, where nothing is known of it.
    """
    seeds = correct.shape[1]
    variance = seed_variance(correct)
    if not variance > 0:
        return np.zeros(draws)
    deviations: NDArray[np.float64] = sqrt(variance / seeds) * random.standard_t(seeds - 1, size=draws)
    return deviations


def percentile_interval(draws: NDArray[np.float64], confidence: float = CONFIDENCE) -> Interval:
    """The middle part of the draws (the percentile bootstrap interval)."""
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))
