"""What would probably establish a difference: more seeds or more test images, and how many."""

from dataclasses import dataclass
from math import ceil, inf
from statistics import NormalDist

from tunebench.comparison.crossed import Crossed, Estimate

# The power that the number is for, if all variances were known.
_POWER = 0.9
# Of the test that seeds vary at all.
_LEVEL = 0.05
# More would cost days; such a difference hardly matters.
_MOST_SEEDS = 30
_MOST_IMAGES = 1_000_000


@dataclass(frozen=True)
class Settling:
    """What would probably establish a difference, if it is as large as it seems.

    Attributes:
        seeds: Of each model, with the same test images; ``None`` if even many would not.
        images: For testing, with the same seeds; ``None`` if even many would not.
    """

    seeds: int | None
    images: int | None


def settling(first: Crossed, second: Crossed, estimate: Estimate, confidence: float) -> Settling:
    """How many seeds or test images would probably establish a difference.

    The variance of the difference has a part that falls with the images, one that falls with the seeds, and
    what tossing each image anew with each seed adds, which falls with both. The difference is likely to
    be established if it is 1.3 standard errors beyond the test's threshold: in simulations it was in .55 to
    .9 of the repetitions, as the seeds' variance is known only roughly.

    Args:
        first: A model.
        second: Another with the same test images.
        estimate: The difference that is not established.
        confidence: Of the interval that has to exclude 0.

    Returns:
        The numbers, both ``None`` if the models scored the same. With one seed, how much seeds vary is not
        known, so only the images count.

    Source:
        Sample size for a given power: J. M. Lachin, "Introduction to sample size determination and power
        analysis for clinical trials", Controlled Clinical Trials 2 (1981), p. 93-113.
    """
    normal = NormalDist()
    errors = normal.inv_cdf((1 + confidence) / 2) + normal.inv_cdf(_POWER)
    allowed = (estimate.value / errors) ** 2
    # What is only tossing falls with the number of images, too.
    images, seeds = estimate.image_variance, estimate.seed_variance
    falling, fixed = (images, seeds) if _seeds_vary(first, second) else (images + seeds, 0.0)
    return Settling(
        _seeds(first, second, estimate, allowed), _images(len(first.parts), falling, allowed - fixed)
    )


def _seeds_vary(first: Crossed, second: Crossed) -> bool:
    """Whether seeds scatter more than the tosses explain in 1 of 20 draws; otherwise it is not known."""
    from scipy.special import chdtrc  # noqa: PLC0415 (a quarter of a second)

    several = [model for model in (first, second) if model.seeds > 1 and model.tosses]
    degrees = sum(model.seeds - 1 for model in several)
    scatter = sum((model.seeds - 1) * model.between / model.tosses for model in several)
    return bool(several) and float(chdtrc(degrees, scatter)) < _LEVEL


def _seeds(first: Crossed, second: Crossed, estimate: Estimate, allowed: float) -> int | None:
    """The fewest seeds of each model with an allowed variance."""
    if min(first.seeds, second.seeds) == 1:
        return None
    fixed = max(0.0, estimate.image_variance - sum(model.tosses / model.seeds for model in (first, second)))
    per_seed = sum(model.tosses + model.seed_variance for model in (first, second))
    needed = per_seed / (allowed - fixed) if allowed > fixed else inf
    return max(ceil(needed), 1 + max(first.seeds, second.seeds)) if needed <= _MOST_SEEDS else None


def _images(tested: int, variance: float, allowed: float) -> int | None:
    """The fewest test images with an allowed variance."""
    needed = tested * variance / allowed if allowed > 0 else inf
    return max(ceil(needed), tested + 1) if needed <= _MOST_IMAGES else None
