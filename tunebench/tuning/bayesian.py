"""Bayesian optimisation with a Gaussian process, over points that were not tried yet.

Keras Tuner's own oracle needs seconds for a suggestion, proposes points twice, and draws three random points
per hyperparameter before it looks at a score: with a dozen hyperparameters and twenty trials it is a random
search. See ``docs/decisions/0006``.

Source of the method: Srinivas and others, "Gaussian Process Optimization in the Bandit Setting" (arXiv
0912.3995), the upper confidence bound; Snoek and others, "Practical Bayesian Optimization of Machine Learning
Algorithms" (arXiv 1206.2944), the Matérn 5/2 kernel and, in section 3.2, the expected improvement per second.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

from tunebench.spaces.hyperparameters.points import is_active, share_at, value_at

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]
Values = Mapping[str, Any]

# Random points before the first suggestion, the defaults among them.
NUM_INITIAL = 5
# What doubt is worth, in standard deviations. Keras Tuner's 2.6 found less than random search did.
_BETA = 1.0
# Seconds; a trial of a budget takes longer, so this only keeps a logarithm finite.
_SHORTEST = 1e-3
# Standard deviations below which the expected improvement is taken from its asymptote.
_FAR = -1e3
_NUM_RANDOM = 1000
_NUM_NEAR = 500
_NUM_BEST = 5
# Trials that a Gaussian process is fitted to: 200 take 0.3 s of a processor, 800 already 5.5 s.
_MOST_FITTED = 200
# The fit's restarts are what costs: each is another search for the kernel's parameters.
_RESTARTS = 1


@dataclass(frozen=True)
class Tried:
    """A finished trial.

    Attributes:
        values: Its hyperparameters.
        score: The higher, the better.
        seconds: What it costs to train it to the end; ``None``: cost does not count.
    """

    values: Values
    score: float
    seconds: float | None = None


def suggest(
    hyperparameters: Any,
    tried: Sequence[Tried],
    running: Sequence[Values],
    is_known: Callable[[Values], bool],
    random: np.random.Generator,
) -> dict[str, Any] | None:
    """The most promising untried point, among random ones and neighbours of the best.

    It is the one with the highest confidence bound; where the trials' cost is known, the one with the highest
    expected improvement per second.

    Args:
        hyperparameters: ``keras_tuner.HyperParameters``: the space.
        tried: Every finished trial; two or more. Either all or none have a cost.
        running: Values of trials under way elsewhere, whose score is guessed low so that they are left alone.
        is_known: Whether a point was tried or is under way.
        random: Draws the candidates.

    Returns:
        Its values; ``None`` where every candidate is known.
    """
    space = [hp for hp in hyperparameters.space if hasattr(hp, "min_value") or len(hp.values) > 1]
    best = [each.values for each in sorted(tried, key=lambda each: -each.score)[:_NUM_BEST]]
    drawn = [*_random_points(hyperparameters, _NUM_RANDOM, random), *_near(hyperparameters, best, random)]
    candidates = [dict(values) for values in drawn if not is_known(values)]
    if not candidates:
        return None
    tried = _telling(tried, random)
    x = _vectors(space, [each.values for each in tried])
    y = _standardized(np.array([each.score for each in tried]))
    model = _fitted(x, y, random)
    if running:
        x_running = _vectors(space, running)
        mean, sd = model.predict(x_running, return_std=True)
        model = _fitted(np.concatenate([x, x_running]), np.concatenate([y, mean - sd]), random)
    x_candidates = _vectors(space, candidates)
    mean, sd = model.predict(x_candidates, return_std=True)
    # How far the point's own value may lie from its mean: without the luck of a single score.
    sd = np.sqrt(np.maximum(sd**2 - model.kernel_.k2.noise_level, 1e-12))
    seconds = [each.seconds for each in tried if each.seconds is not None]
    if not seconds:
        return candidates[int(np.argmax(mean + _BETA * sd))]
    # Of what can be had, not of the luckiest score.
    highest = float(model.predict(x).max())
    logs = np.log(np.maximum(seconds, _SHORTEST))
    expected = _fitted(x, _standardized(logs), random).predict(x_candidates) * logs.std()
    return candidates[int(np.argmax(_log_improvement(mean, sd, highest) - expected))]


def _telling(tried: Sequence[Tried], random: np.random.Generator) -> list[Tried]:
    """Of many trials the better half of those that can be fitted, and others at random."""
    if len(tried) <= _MOST_FITTED:
        return [*tried]
    ranked = sorted(tried, key=lambda each: -each.score)
    best, rest = ranked[: _MOST_FITTED // 2], ranked[_MOST_FITTED // 2 :]
    return best + [rest[number] for number in random.choice(len(rest), _MOST_FITTED // 2, replace=False)]


def _standardized(values: Vector) -> Vector:
    deviations: Vector = values - values.mean()
    return deviations / (values.std() or 1.0)


def _log_improvement(mean: Vector, sd: Vector, highest: float) -> Vector:
    """The logarithm of how far a point is expected to lie above the highest, for normally distributed values.

    Logarithms, for far below it the expectation itself is 0 in floating point and would tell nothing apart.
    """
    z = (mean - highest) / sd
    high, low = np.maximum(z, -1.0), np.minimum(z, -1.0)
    near = np.log(high * norm.cdf(high) + norm.pdf(high))
    # The same sum as φ(z) times what is left, which loses its digits farther down.
    left = np.where(low < _FAR, low**-2, 1 + low * np.exp(norm.logcdf(low) - norm.logpdf(low)))
    return np.log(sd) + np.where(z > -1.0, near, norm.logpdf(low) + np.log(left))


def _fitted(x: Matrix, y: Matrix, random: np.random.Generator) -> GaussianProcessRegressor:
    kernel = ConstantKernel(1.0, (0.05, 20.0)) * Matern(0.7, (0.1, 10.0), nu=2.5)
    # Two trainings of one model do not score alike.
    kernel += WhiteKernel(0.05, (1e-4, 1.0))
    model = GaussianProcessRegressor(
        kernel,
        n_restarts_optimizer=_RESTARTS,
        random_state=int(random.integers(2**31)),
    )
    # On matrices this small, threads mostly wait for each other.
    with warnings.catch_warnings(), threadpool_limits(1, "blas"):
        # A parameter at the end of its bounds is an answer, too.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, y)


def _random_points(hyperparameters: Any, number: int, random: np.random.Generator) -> Iterable[Values]:
    space = hyperparameters.space
    for shares in random.random((number, len(space))):
        drawn = [value_at(hp, share) for hp, share in zip(space, shares, strict=True)]
        yield _active(space, drawn)


def _near(hyperparameters: Any, best: Sequence[Values], random: np.random.Generator) -> Iterable[Values]:
    """Good points with one or two hyperparameters drawn anew, or moved a little."""
    space = hyperparameters.space
    for number in range(_NUM_NEAR):
        values = [_value(hp, best[number % len(best)]) for hp in space]
        for moved in random.choice(
            len(space), size=min(len(space), int(random.integers(1, 3))), replace=False
        ):
            share = random.random()
            if hasattr(space[moved], "min_value"):
                share = np.clip(share_at(space[moved], values[moved]) + random.normal(0, 0.1), 0, 1)
            values[moved] = value_at(space[moved], float(share))
        yield _active(space, values)


def _active(space: Sequence[Any], drawn: Sequence[Any]) -> dict[str, Any]:
    """The values of hyperparameters that the others leave active; a name may have several conditions."""
    active: dict[str, Any] = {}
    for hp, value in zip(space, drawn, strict=True):
        if is_active(hp, active):
            active[hp.name] = value
    return active


def _value(hp: Any, values: Values) -> Any:
    """A hyperparameter's value at a point, its default where it has none there."""
    return values[hp.name] if hp.name in values and is_active(hp, values) else hp.default


def _vectors(space: Sequence[Any], points: Sequence[Values]) -> Matrix:
    """Points as rows: numbers and ordered choices from 0 to 1, a column per kind of the others."""
    columns = [_columns(hp, [_value(hp, values) for values in points]) for hp in space]
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(points), 1))


def _columns(hp: Any, values: Sequence[Any]) -> Matrix:
    if hasattr(hp, "min_value"):
        return np.array([[share_at(hp, value)] for value in values])
    kinds = list(hp.values)
    if getattr(hp, "ordered", False):
        return np.array([[kinds.index(value) / (len(kinds) - 1)] for value in values])
    # As far from each other as the ends of a range are.
    return np.array([[float(value == kind) / np.sqrt(2) for kind in kinds] for value in values])
