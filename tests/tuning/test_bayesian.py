"""Bayesian optimisation."""

from statistics import fmean
from typing import TYPE_CHECKING, Any

import keras_tuner
import numpy as np
import pytest

from tests.tuning.searches import play
from tunebench.spaces.hyperparameters import points
from tunebench.tuning import bayesian, oracles

if TYPE_CHECKING:
    from tunebench.options import Tuner


def _space() -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 1e-4, 1e-1, sampling="log", default=1e-2)
    hp.Float("dropout", 0.0, 0.8, default=0.0)
    hp.Choice("optimizer", ["adam", "sgd", "rmsprop"])
    hp.Boolean("regularized")
    with hp.conditional_scope("regularized", [True]):
        hp.Float("l2", 1e-6, 1e-2, sampling="log")
    return hp


def _accuracy(values: Any) -> float:
    """A smooth function of two ranges, with an offset for each choice."""
    distance = (np.log10(values["rate"]) + 3) ** 2 / 4 + (values["dropout"] - 0.4) ** 2
    offset = {"adam": 0.0, "sgd": -0.05, "rmsprop": -0.02}[values["optimizer"]]
    return float(0.9 - 0.4 * min(1.0, distance) + offset - (0.05 if values["regularized"] else 0))


@pytest.mark.slow
def test_it_finds_better_points_than_random_search() -> None:
    """With the same number of trials, the best score is higher on average."""
    best: dict[Tuner, list[float]] = {"random": [], "bayesian": []}
    for seed in range(1000, 9000, 1000):
        for tuner, found in best.items():
            tried = play(oracles.make(tuner, _space(), 4, seed), 12, _accuracy)
            found.append(max(map(_accuracy, tried)))
    assert fmean(best["bayesian"]) > fmean(best["random"]) + 0.003


def test_only_active_hyperparameters_are_proposed() -> None:
    """A suggestion has a value for a conditional hyperparameter exactly if its condition holds."""
    random = np.random.default_rng(0)
    tried = [
        bayesian.Tried(values, _accuracy(values))
        for values, _ in zip(points.points(_space(), 3), range(12), strict=False)
    ]
    for _ in range(5):
        values = bayesian.suggest(_space(), tried, [], lambda _: False, random)
        assert values is not None
        assert ("l2" in values) == values["regularized"]
        tried.append(bayesian.Tried(values, _accuracy(values)))


def test_many_trials_are_subsampled() -> None:
    """The model is fitted to the best trials and a random selection of the others."""
    random = np.random.default_rng(0)
    tried = [bayesian.Tried({"units": number}, number % 997 / 997) for number in range(1000)]
    assert bayesian._subsample(tried[:200], random) == tried[:200]
    kept = bayesian._subsample(tried, random)
    assert len({each.values["units"] for each in kept}) == len(kept) == 200
    assert sorted(each.score for each in kept)[100:] == sorted(each.score for each in tried)[-100:]
    assert min(each.score for each in kept) < 0.1


def test_known_points_are_not_proposed() -> None:
    """The only unknown point is suggested, and none if all points are known."""
    tried = [bayesian.Tried({"kind": "a"}, 0.1), bayesian.Tried({"kind": "b"}, 0.2)]
    hp = keras_tuner.HyperParameters()
    hp.Choice("kind", ["a", "b", "c", "d"])
    random = np.random.default_rng(0)
    running = [{"kind": "c"}]
    known = [each.values for each in tried] + running
    assert bayesian.suggest(hp, tried, running, lambda values: values in known, random) == {"kind": "d"}
    assert bayesian.suggest(hp, tried, running, lambda _: True, random) is None


def test_both_ends_of_a_stepped_range_are_candidates() -> None:
    """Random points and neighbours include the upper end, which Keras Tuner leaves out."""
    hp = keras_tuner.HyperParameters()
    hp.Float("dropout", 0.0, 0.6, step=0.1)
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    random = np.random.default_rng(0)
    drawn = {values["dropout"] for values in bayesian._random_points(hp, 200, random)}
    assert {round(value, 9) for value in drawn} == {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}
    near = list(bayesian._near(hp, [{"dropout": 0.5, "rate": 9e-2}], random))
    assert max(values["dropout"] for values in near) == 0.6
    assert max(values["rate"] for values in near) == 0.1
