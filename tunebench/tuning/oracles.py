"""Keras Tuner's oracles, made to start from the defaults and to stay quiet.

An oracle proposes hyperparameters. The driver replays the ledger into a new one, so none of the files that
Keras Tuner writes is ever read back: with the same seed and the same scores it proposes the same again.
"""

from pathlib import Path
from typing import Any, Literal

import keras_tuner
from keras_tuner import oracles

from tunebench.fitting.fit import OBJECTIVE

Tuner = Literal["random", "bayesian", "hyperband", "grid"]
TUNERS: tuple[Tuner, ...] = ("random", "bayesian", "hyperband", "grid")
HYPERBAND_FACTOR = 3
# The driver judges failures itself; Keras Tuner would raise at the third in a row, before saving it.
_NEVER = 10**9


class _DefaultsFirst:
    """Makes an oracle propose the default values first: the model the search has to beat."""

    def _random_values(self) -> Any:
        oracle: Any = self
        if oracle.start_order:
            return super()._random_values()  # type: ignore[misc] # of the oracle this is mixed into
        defaults = oracle.get_space()
        return {hp.name: hp.default for hp in defaults.space if defaults.is_active(hp)}


class RandomOracle(_DefaultsFirst, oracles.RandomSearchOracle):
    """Random search from the defaults on."""


class BayesianOracle(_DefaultsFirst, oracles.BayesianOptimizationOracle):
    """Bayesian optimisation from the defaults on."""


class HyperbandOracle(_DefaultsFirst, oracles.HyperbandOracle):
    """Hyperband from the defaults on."""


def make(tuner: Tuner, hyperparameters: Any, epochs: int, seed: int, folder: Path) -> Any:
    """An oracle that maximises validation accuracy and never ends a search on its own account.

    Args:
        tuner: Which one.
        hyperparameters: Everything that may be tuned (``keras_tuner.HyperParameters``).
        epochs: Most epochs of a trial; Hyperband plans with it.
        seed: Not 0, which Keras Tuner takes for "no seed".
        folder: Where Keras Tuner's own files go.

    Returns:
        A ``keras_tuner.Oracle``.
    """
    arguments: dict[str, Any] = {
        "objective": keras_tuner.Objective(OBJECTIVE, "max"),
        "hyperparameters": hyperparameters,
        "seed": seed,
        "max_consecutive_failed_trials": _NEVER,
    }
    oracle: Any
    if tuner == "hyperband":
        oracle = HyperbandOracle(max_epochs=epochs, factor=HYPERBAND_FACTOR, **arguments)
    else:
        kinds = {"random": RandomOracle, "bayesian": BayesianOracle, "grid": oracles.GridSearchOracle}
        # No max_trials: the driver counts, so that a search can be taken further later.
        oracle = kinds[tuner](max_trials=None, **arguments)
    oracle.verbose = 0
    oracle._set_project_dir(str(folder.parent), folder.name)  # noqa: SLF001 (what Keras Tuner's own base tuner calls)
    return oracle


def num_grid_points(hyperparameters: Any) -> int:
    """How many points a grid search visits."""
    space = hyperparameters.space
    parents = {condition.name for hp in space for condition in hp.conditions}

    def count(index: int, values: dict[str, Any]) -> int:
        if index == len(space):
            return 1
        hp = space[index]
        if not all(condition.is_active(values) for condition in hp.conditions):
            return count(index + 1, values)
        choices = {hp.default, *hp.values}
        if hp.name not in parents:
            return len(choices) * count(index + 1, values)
        return sum(count(index + 1, {**values, hp.name: choice}) for choice in choices)

    return count(0, {})


def num_hyperband_trials(oracle: Any) -> int:
    """How many trials one iteration of Hyperband runs, promoted ones counted again."""
    return sum(
        oracle._get_size(bracket, step)  # noqa: SLF001 (the plan is public knowledge, its methods are not)
        for bracket in range(oracle._get_num_brackets())  # noqa: SLF001 (the same)
        for step in range(bracket + 1)
    )
