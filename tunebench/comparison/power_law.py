"""A power law of the error against the number of training images, and what twice as many would give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison.crossed import Crossed
from tunebench.comparison.intervals import Interval

# Three parameters need more points than that to be contradicted.
FEWEST_SIZES = 4
_FLOORS = 20
# The quantiles of chi-squared with one degree of freedom and of the normal distribution, for 95 %.
_PLAUSIBLE = 3.84
_ERRORS = 1.96

Values = NDArray[np.float64]


@dataclass(frozen=True)
class PowerLaw:
    """``error = scale · (n / largest) ^ −exponent + floor``.

    Attributes:
        images: The largest number of training images.
        scale: The part of the error there that falls with more images.
        exponent: How fast it falls.
        floor: What no number of images takes away.
        gain: By how much the law's error falls from there to twice as many images, from −1 to 1.
        interval: The 95 % interval of the gain, if the law holds.
    """

    images: int
    scale: float
    exponent: float
    floor: float
    gain: float
    interval: Interval

    @property
    def fitted(self) -> float:
        """The law's error with the largest number of images, which the measured one may lie off."""
        return self.scale + self.floor

    @property
    def falls(self) -> bool:
        """Whether the errors fall with more images at all; if they rise, the law foretells nothing."""
        return self.exponent > 0

    @property
    def established(self) -> bool:
        """Whether more images are established to help."""
        return self.interval.low > 0

    def error(self, images: Values) -> Values:
        """The expected error with so many training images, each above 0."""
        return np.asarray(self.scale * (images / self.images) ** -self.exponent + self.floor)


def power_law(sizes: Sequence[int], models: Sequence[Crossed]) -> PowerLaw | None:
    """Fit the law to models that were trained on different numbers of images and tested on the same ones.

    A few sizes hardly tell the floor, and the law without one promises too much. So every floor from none to
    nearly the smallest error is tried: for each, scale and exponent follow from weighted least squares of the
    logarithms, with their covariance from that of the errors, in which the test images are common to all
    sizes. The law shown is the one that fits best; the interval covers those of all floors that fit nearly as
    well.

    Args:
        sizes: Training images, ascending.
        models: The correct predictions of each.

    Returns:
        The law; ``None`` with fewer than four sizes, or if a model makes no errors.

    Source:
        The law: C. Cortes et al., "Learning curves: asymptotic values and rate of convergence", NIPS 6
        (1993), p. 327-334; J. Hestness et al., arXiv 1712.00409. The interval over an unknown floor: R. L.
        Berger and D. D. Boos, "P values maximized over a confidence set for the nuisance parameter", Journal
        of the American Statistical Association 89 (1994), p. 1012-1016. Its coverage: docs/decisions/0018.
    """
    errors = np.array([1 - float(model.of_images.mean()) for model in models])
    if len(sizes) < FEWEST_SIZES or errors.min() <= 0:
        return None
    covariance = _covariance(models)
    steps = np.log(np.asarray(sizes, dtype=np.float64) / sizes[-1])
    fits = [_fit(steps, errors, covariance, floor) for floor in np.linspace(0, 0.95, _FLOORS) * errors.min()]
    best = min(fits, key=lambda fit: fit.misfit)
    plausible = [fit for fit in fits if fit.misfit <= best.misfit + _PLAUSIBLE]
    interval = Interval(
        min(fit.gain - _ERRORS * fit.gain_error for fit in plausible),
        max(fit.gain + _ERRORS * fit.gain_error for fit in plausible),
    )
    # The error cannot fall by more than all of it, nor rise above 1.
    now, error = float(errors[-1]), _ERRORS * float(np.sqrt(covariance[-1, -1]))
    possible = interval.within(now - error - 1, now + error)
    return PowerLaw(sizes[-1], best.scale, best.exponent, best.floor, best.gain, possible)


@dataclass(frozen=True)
class _Fit:
    """The law with a given floor, the standard error of the gain, and how badly it fits (chi-squared)."""

    scale: float
    exponent: float
    floor: float
    gain: float
    gain_error: float
    misfit: float


def _fit(steps: Values, errors: Values, covariance: Values, floor: float) -> _Fit:
    """``steps`` are the logarithms of the sizes, 0 for the largest."""
    falling = errors - floor
    logarithms = covariance / np.outer(falling, falling)
    design = np.stack([np.ones_like(steps), -steps], axis=1)
    weighted = design.T / np.diag(logarithms)
    solve = np.linalg.solve(weighted @ design, weighted)
    intercept, exponent = solve @ np.log(falling)
    uncertainty = solve @ logarithms @ solve.T
    scale, left = float(np.exp(intercept)), float(2**-exponent)
    slope = np.array([scale * (1 - left), scale * left * np.log(2)])
    residuals = falling - np.exp(design @ np.array([intercept, exponent]))
    return _Fit(
        scale,
        float(exponent),
        floor,
        scale * (1 - left),
        float(np.sqrt(slope @ uncertainty @ slope)),
        float(residuals @ np.linalg.solve(covariance, residuals)),
    )


def _covariance(models: Sequence[Crossed]) -> Values:
    """Of the errors: the test images are common, the seeds are not."""
    images = len(models[0].of_images)
    common = np.cov(np.stack([model.of_images for model in models])) / images
    seeds = [model.seed_variance / model.seeds if model.seeds > 1 else 0.0 for model in models]
    # Half an image: with equal predictions the matrix could not be inverted.
    return np.asarray(common + np.diag(seeds) + np.eye(len(models)) * (0.5 / images) ** 2)
