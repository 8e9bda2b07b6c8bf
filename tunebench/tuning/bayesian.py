"""Bayesian optimisation with a Gaussian process that never proposes a point twice.

Keras Tuner's own oracle takes seconds per suggestion, repeats points, and draws three random points per
hyperparameter before it uses any score, so with a dozen hyperparameters and twenty trials it is a random
search. See ``docs/decisions/0003``.

Source of the method: Srinivas and others, "Gaussian Process Optimization in the Bandit Setting" (arXiv
0912.3995), the upper confidence bound; Snoek and others, "Practical Bayesian Optimization of Machine Learning
Algorithms" (arXiv 1206.2944), the Matérn 5/2 kernel.
"""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
from threadpoolctl import threadpool_limits

from tunebench.spaces.hyperparameters.points import is_active, share_at, value_at

Matrix = NDArray[np.float64]
Values = Mapping[str, Any]

# Trials before the first suggestion, the defaults among them.
NUM_INITIAL = 5
# Weight of the standard deviation in the confidence bound. Keras Tuner's 2.6 found less than random search.
_BETA = 1.0
_NUM_RANDOM = 1000
_NUM_NEAR = 500
_NUM_BEST = 5
# Fitting a Gaussian process to 200 trials takes 0.3 s of processor time, to 800 already 5.5 s.
_MOST_FITTED = 200
# Each restart repeats the search for the kernel's parameters, which dominates the cost of a fit.
_RESTARTS = 1


@dataclass(frozen=True)
class Tried:
    """A finished trial.

    Attributes:
        values: Its hyperparameters.
        score: Higher is better.
    """

    values: Values
    score: float


def suggest(
    hyperparameters: Any,
    tried: Sequence[Tried],
    running: Sequence[Values],
    is_known: Callable[[Values], bool],
    random: np.random.Generator,
) -> dict[str, Any] | None:
    """The untried point with the highest confidence bound, among random points and neighbours of the best.

    Args:
        hyperparameters: The space, as ``keras_tuner.HyperParameters``.
        tried: The finished trials; two or more.
        running: Values of running trials. Their scores are estimated low, to avoid points near them.
        is_known: Whether a point was tried or is running.
        random: Draws the candidates.

    Returns:
        Its values, or ``None`` if every candidate is known.
    """
    space = [hp for hp in hyperparameters.space if hasattr(hp, "min_value") or len(hp.values) > 1]
    best = [each.values for each in sorted(tried, key=lambda each: -each.score)[:_NUM_BEST]]
    drawn = [*_random_points(hyperparameters, _NUM_RANDOM, random), *_near(hyperparameters, best, random)]
    candidates = [dict(values) for values in drawn if not is_known(values)]
    if not candidates:
        return None
    tried = _subsample(tried, random)
    x = _vectors(space, [each.values for each in tried])
    y = np.array([each.score for each in tried])
    y = (y - y.mean()) / (y.std() or 1.0)
    model = _fitted(x, y, random)
    if running:
        x_running = _vectors(space, running)
        mean, sd = model.predict(x_running, return_std=True)
        model = _fitted(np.concatenate([x, x_running]), np.concatenate([y, mean - sd]), random)
    mean, sd = model.predict(_vectors(space, candidates), return_std=True)
    # The uncertainty of the point's mean score, without the noise of a single training.
    sd = np.sqrt(np.maximum(sd**2 - model.kernel_.k2.noise_level, 1e-12))
    return candidates[int(np.argmax(mean + _BETA * sd))]


def _subsample(tried: Sequence[Tried], random: np.random.Generator) -> list[Tried]:
    """At most ``_MOST_FITTED`` trials: the best for one half, random others for the other."""
    if len(tried) <= _MOST_FITTED:
        return [*tried]
    ranked = sorted(tried, key=lambda each: -each.score)
    best, rest = ranked[: _MOST_FITTED // 2], ranked[_MOST_FITTED // 2 :]
    return best + [rest[number] for number in random.choice(len(rest), _MOST_FITTED // 2, replace=False)]


def _fitted(x: Matrix, y: Matrix, random: np.random.Generator) -> GaussianProcessRegressor:
    kernel = ConstantKernel(1.0, (0.05, 20.0)) * Matern(0.7, (0.1, 10.0), nu=2.5)
    # Two trainings of one model score differently.
    kernel += WhiteKernel(0.05, (1e-4, 1.0))
    model = GaussianProcessRegressor(
        kernel,
        n_restarts_optimizer=_RESTARTS,
        random_state=int(random.integers(2**31)),
    )
    # Matrices this small are faster with one thread.
    with warnings.catch_warnings(), threadpool_limits(1, "blas"):
        # A kernel parameter at the end of its bounds is a valid result.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(x, y)


def _random_points(hyperparameters: Any, number: int, random: np.random.Generator) -> Iterable[Values]:
    space = hyperparameters.space
    for shares in random.random((number, len(space))):
        drawn = [value_at(hp, share) for hp, share in zip(space, shares, strict=True)]
        yield _active(space, drawn)


def _near(hyperparameters: Any, best: Sequence[Values], random: np.random.Generator) -> Iterable[Values]:
    """Good points with one or two hyperparameters redrawn, or moved a little."""
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
    """The values of the active hyperparameters; a name may be declared under several conditions."""
    active: dict[str, Any] = {}
    for hp, value in zip(space, drawn, strict=True):
        if is_active(hp, active):
            active[hp.name] = value
    return active


def _value(hp: Any, values: Values) -> Any:
    """A hyperparameter's value at a point, or its default if it is inactive there."""
    return values[hp.name] if hp.name in values and is_active(hp, values) else hp.default


def _vectors(space: Sequence[Any], points: Sequence[Values]) -> Matrix:
    """Points as rows: ranges and ordered choices scaled to 0 to 1, other choices one-hot encoded."""
    columns = [_columns(hp, [_value(hp, values) for values in points]) for hp in space]
    return np.concatenate(columns, axis=1) if columns else np.zeros((len(points), 1))


def _columns(hp: Any, values: Sequence[Any]) -> Matrix:
    if hasattr(hp, "min_value"):
        return np.array([[share_at(hp, value)] for value in values])
    choices = list(hp.values)
    if getattr(hp, "ordered", False):
        return np.array([[choices.index(value) / (len(choices) - 1)] for value in values])
    # Two choices are as far apart as the ends of a range.
    return np.array([[float(value == choice) / np.sqrt(2) for choice in choices] for value in values])
