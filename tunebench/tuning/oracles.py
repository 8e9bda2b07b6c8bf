"""Keras Tuner's oracles, made to propose known values first and to be repeatable.

An oracle proposes hyperparameters. To resume a search, the driver replays the ledger into a new oracle: with
the same seed and the same outcomes it makes the same proposals. See ``docs/decisions/0001``.
"""

import random
from collections import deque
from collections.abc import Sequence
from typing import Any

import keras_tuner
import numpy as np
from keras_tuner import oracles

from tunebench.options import SearchOptions, Tuner
from tunebench.spaces.hyperparameters import points
from tunebench.tuning import bayesian
from tunebench.tuning.keras_tuner_internals import LedgerOracle, hyperband_plan

HYPERBAND_FACTOR = 3
# Keras Tuner's statuses of a proposal.
RUNNING, STOPPED, IDLE = "RUNNING", "STOPPED", "IDLE"
# What oracles maximise, whatever it measures.
SCORE = "score"
# The driver handles failures; Keras Tuner would raise at the third in a row, before it is in the ledger.
_NEVER = 10**9
# Known points drawn in a row after which drawing stops; Keras Tuner's own number.
_MOST_COLLISIONS = 20


class _ListedFirst(LedgerOracle):
    """Proposes the starting points first, then the default values, which the search has to beat.

    The starting points are mostly the best, and a search may end at any time.

    Args:
        starting_points: Points to propose before the defaults.
        arguments: Of ``keras_tuner.Oracle``.
    """

    def __init__(self, *, starting_points: Sequence[points.Values] = (), **arguments: Any) -> None:
        super().__init__(**arguments)
        self._listed: deque[points.Values] = deque([*starting_points, {}])
        self._draw_seed = self.seed

    def draw(self) -> dict[str, Any] | None:
        """The starting points, then the defaults, then random points that were not tried."""
        while self._listed:
            values = self._with_defaults(self._listed.popleft())
            # Values that the user set may make two of them equal.
            if not self.is_known(values):
                return values
        for _ in range(_MOST_COLLISIONS + 1):
            values = points.complete_point(self.hyperparameters, self._draw_value)
            if not self.is_known(values):
                return values
        return None

    def _with_defaults(self, listed: points.Values) -> points.Values:
        """Keras Tuner would draw what was declared after the point without a seed."""
        return points.complete_point(
            self.hyperparameters, lambda hp: listed.get(hp.name, points.default_of(hp))
        )

    def _draw_value(self, hp: Any) -> Any:
        """As Keras Tuner draws, except that it never draws the upper end of a stepped range."""
        share = random.Random(self._draw_seed).random()  # noqa: S311 (not for cryptography)
        self._draw_seed += 1
        return points.value_at(hp, share)


class RandomOracle(_ListedFirst):
    """Random search that tries every point of a finite space before it stops."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for the next trial; see ``keras_tuner.Oracle.populate_space``."""
        del trial_id
        values = self.draw()
        if values is None and points.is_finite(self.hyperparameters):
            left = [each for each in points.points(self.hyperparameters, 2) if not self.is_known(each)]
            if left:
                values = left[self._random().integers(len(left))]
        return {"status": STOPPED if values is None else RUNNING, "values": values}

    def _random(self) -> np.random.Generator:
        """Depends only on the seed and the number of the trial, so that a resumed search draws the same."""
        return np.random.default_rng([self.seed, len(self.start_order)])


class BayesianOracle(RandomOracle):
    """Bayesian optimisation that proposes no point twice; see :mod:`tunebench.tuning.bayesian`."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for the next trial; see ``keras_tuner.Oracle.populate_space``."""
        tried = [
            bayesian.Tried(trial.hyperparameters.values, trial.score)
            for trial in self.trials.values()
            if trial.status == "COMPLETED"
        ]
        if len(tried) >= bayesian.NUM_INITIAL and not self._listed:
            running = [trial.hyperparameters.values for trial in self.ongoing_trials.values()]
            values = bayesian.suggest(self.hyperparameters, tried, running, self.is_known, self._random())
            if values is not None:
                return {"status": RUNNING, "values": values}
        return super().populate_space(trial_id)


class GridOracle(_ListedFirst):
    """Every combination once, the defaults first; without starting points."""

    def __init__(self, *, num_points: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._num_points = num_points
        self._num_declared = len(self.hyperparameters.space)
        self._points = points.points(self.hyperparameters, num_points)

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for the next trial; see ``keras_tuner.Oracle.populate_space``."""
        del trial_id
        if len(self.hyperparameters.space) != self._num_declared:
            # A trial declared another hyperparameter: start over and skip the known points.
            self._num_declared = len(self.hyperparameters.space)
            self._points = points.points(self.hyperparameters, self._num_points)
        for values in self._points:
            if not self.is_known(values):
                return {"status": RUNNING, "values": values}
        return {"status": IDLE if self.ongoing_trials else STOPPED, "values": None}


class HyperbandOracle(_ListedFirst, oracles.HyperbandOracle):
    """Hyperband, the starting points and the defaults first."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for the next trial; see ``keras_tuner.Oracle.populate_space``."""
        response: dict[str, Any] = super().populate_space(trial_id)
        if response["status"] == RUNNING:
            # If a hyperparameter was declared after the parent trial, Keras Tuner would draw it unseeded.
            hp = self.get_space()
            hp.values = response["values"]
            for each in hp.space:
                if hp.is_active(each):
                    hp.values.setdefault(each.name, points.default_of(each))
            if parent := hp.values.get("tuner/trial_id"):
                # Keras Tuner writes the newest bracket, but trials of several may be running.
                before = self.trials[parent].hyperparameters.values
                hp.values["tuner/bracket"] = before["tuner/bracket"]
        return response


def make(
    tuner: Tuner,
    hyperparameters: Any,
    epochs: int,
    seed: int,
    *,
    grid_points: int = SearchOptions.grid_points,
    starting_points: Sequence[points.Values] = (),
) -> Any:
    """An oracle that maximises the trials' score and has no limit on the number of trials.

    Args:
        tuner: Which one.
        hyperparameters: Everything that may be tuned (``keras_tuner.HyperParameters``).
        epochs: Maximum epochs of a trial; Hyperband plans with it.
        seed: Not 0, which Keras Tuner takes for "no seed".
        grid_points: Values that a grid tries of a range without steps.
        starting_points: What to propose before the defaults; ignored by a grid.

    Returns:
        A ``keras_tuner.Oracle``.
    """
    arguments: dict[str, Any] = {
        "objective": keras_tuner.Objective(SCORE, "max"),
        "hyperparameters": hyperparameters,
        "seed": seed,
        "max_consecutive_failed_trials": _NEVER,
        "starting_points": starting_points,
    }
    oracle: Any
    if tuner == "hyperband":
        oracle = HyperbandOracle(max_epochs=epochs, factor=HYPERBAND_FACTOR, **arguments)
    elif tuner == "grid":
        oracle = GridOracle(num_points=grid_points, **arguments)
    else:
        oracle = (RandomOracle if tuner == "random" else BayesianOracle)(**arguments)
    oracle.verbose = 0
    return oracle


def num_hyperband_epochs(oracle: Any) -> int:
    """Epochs that one iteration of Hyperband trains; a promoted trial resumes where it stopped."""
    return sum(
        each.size * (each.epochs - each.first_epoch) for bracket in hyperband_plan(oracle) for each in bracket
    )


def num_hyperband_trials(oracle: Any) -> int:
    """Trials that one iteration of Hyperband runs, a promoted one counted again in each round."""
    return sum(each.size for bracket in hyperband_plan(oracle) for each in bracket)
