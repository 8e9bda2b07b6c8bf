"""Keras Tuner's oracles, made to start from the defaults and to stay quiet.

An oracle proposes hyperparameters. The driver replays the ledger into a new one: with the same seed and the
same outcomes it proposes the same again. So none of the files that Keras Tuner would write is needed, and
none is written; see ``docs/decisions/0031``.
"""

import random
from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_tuner
import numpy as np
from keras_tuner import oracles

from tunebench.fitting.callbacks import OBJECTIVE
from tunebench.options import Tuner
from tunebench.spaces.hyperparameters import points
from tunebench.tuning import bayesian

if TYPE_CHECKING:
    from collections.abc import Iterator

HYPERBAND_FACTOR = 3
# A range without steps becomes so many points of a grid, unless the user says otherwise.
DEFAULT_GRID_POINTS = 3
# The metric that tells an oracle what a trial cost.
SECONDS = "seconds"
# By cost, every third proposal is drawn at random: what is cheap lies beside what was tried (decision 0039).
_RANDOM_EVERY = 3
# Keras Tuner's words for what an oracle answers.
RUNNING, STOPPED, IDLE = "RUNNING", "STOPPED", "IDLE"
# The driver judges failures itself; Keras Tuner would raise at the third in a row, before saving it.
_NEVER = 10**9


class _OfTunebench:
    """Makes an oracle propose the default values first, which the search has to beat, and write no files.

    Args:
        starting_points: What to propose after the defaults, before anything is drawn or inferred.
        arguments: Of ``keras_tuner.Oracle``.
    """

    start_order: list[str]
    hyperparameters: Any
    get_space: Callable[[], Any]
    _max_collisions: int
    _seed_state: int
    _duplicate: Callable[[Any], bool]

    def __init__(self, *, starting_points: Sequence[points.Values] = (), **arguments: Any) -> None:
        super().__init__(**arguments)
        self._starting_points = deque(starting_points)

    def save(self) -> None:
        """Write nothing; see ``keras_tuner.Oracle.save``."""

    def _save_trial(self, trial: Any) -> None:
        """Write nothing."""

    def _random_values(self) -> Any:
        if not self.start_order:
            return points.whole(self.hyperparameters)
        while self._starting_points:
            values = dict(self._starting_points.popleft())
            # What the user set may have made two the same.
            if not self._duplicate(values):
                return values
        # As Keras Tuner draws, but for the upper end of a stepped range, which it leaves out.
        for _ in range(self._max_collisions + 1):
            drawn = keras_tuner.HyperParameters()
            for hp in self.hyperparameters.space:
                drawn.merge([hp])
                if drawn.is_active(hp):
                    share = random.Random(self._seed_state).random()  # noqa: S311 (nothing secret)
                    drawn.values[hp.name] = points.value_at(hp, share)
                    self._seed_state += 1
            if not self._duplicate(drawn.values):
                return drawn.values
        return None

    def _compute_values_hash(self, values: Any) -> Any:
        return super()._compute_values_hash(points.canonical(values))  # type: ignore[misc] # the same


class RandomOracle(_OfTunebench, oracles.RandomSearchOracle):
    """Random search from the defaults on, that tries every point of a finite space before it ends."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for the next trial; see ``keras_tuner.Oracle.populate_space``."""
        response: dict[str, Any] = super().populate_space(trial_id)
        if response["status"] != STOPPED or not points.is_finite(self.hyperparameters):
            return response
        # Keras Tuner gives up when it has drawn known points twenty times in a row.
        left = [each for each in points.points(self.hyperparameters, 2) if not self._duplicate(each)]
        if not left:
            return response
        choice = np.random.default_rng([self.seed, len(self.start_order)]).integers(len(left))
        return {"status": RUNNING, "values": left[choice]}


class BayesianOracle(RandomOracle):
    """Bayesian optimisation from the defaults on, no point twice; see :mod:`tunebench.tuning.bayesian`.

    Args:
        by_cost: Whether what a trial costs counts.
        arguments: Of ``keras_tuner.Oracle``.
    """

    def __init__(self, *, by_cost: bool, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._by_cost = by_cost

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for the next trial; see ``keras_tuner.Oracle.populate_space``."""
        tried = [
            bayesian.Tried(trial.hyperparameters.values, trial.score, self._seconds(trial))
            for trial in self.trials.values()
            if trial.status == "COMPLETED"
        ]
        # A model that is wrong about where nothing was tried would never find out.
        is_random = self._by_cost and len(self.start_order) % _RANDOM_EVERY == 0
        if len(tried) >= bayesian.NUM_INITIAL and not is_random and not self._starting_points:
            running = [trial.hyperparameters.values for trial in self.ongoing_trials.values()]
            # Of the seed and the number alone, so that a search that goes on proposes what it would have.
            draw = np.random.default_rng([self.seed, len(self.start_order)])
            values = bayesian.suggest(self.hyperparameters, tried, running, self._duplicate, draw)
            if values is not None:
                return {"status": RUNNING, "values": values}
        return super().populate_space(trial_id)

    def _seconds(self, trial: Any) -> float | None:
        return trial.metrics.get_best_value(SECONDS) if self._by_cost else None


class GridOracle(_OfTunebench, keras_tuner.Oracle):
    """Every combination once, the defaults first."""

    def __init__(self, *, num_points: int, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._num_points = num_points
        self._points: Iterator[dict[str, Any]] = iter(())
        self._num_known = -1

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for the next trial; see ``keras_tuner.Oracle.populate_space``."""
        del trial_id
        if len(self.hyperparameters.space) != self._num_known:
            # A trial declared a hyperparameter that was not known before.
            self._num_known = len(self.hyperparameters.space)
            self._points = points.points(self.hyperparameters, self._num_points)
        for values in self._points:
            if not self._duplicate(values):
                return {"status": RUNNING, "values": values}
        return {"status": IDLE if self.ongoing_trials else STOPPED, "values": None}


class HyperbandOracle(_OfTunebench, oracles.HyperbandOracle):
    """Hyperband from the defaults on."""

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """Values for the next trial; see ``keras_tuner.Oracle.populate_space``."""
        response: dict[str, Any] = super().populate_space(trial_id)
        if response["status"] == RUNNING:
            # A promoted trial may be older than a hyperparameter; Keras Tuner would draw it without a seed.
            hp = self.get_space()
            hp.values = response["values"]
            for each in hp.space:
                if hp.is_active(each):
                    hp.values.setdefault(each.name, points.default_of(each))
            if parent := hp.values.get("tuner/trial_id"):
                # Keras Tuner writes the newest bracket; trials of several may be under way at once.
                before = self.trials[parent].hyperparameters.values
                hp.values["tuner/bracket"] = before["tuner/bracket"]
        return response


def make(
    tuner: Tuner,
    hyperparameters: Any,
    epochs: int,
    seed: int,
    folder: Path,
    *,
    grid_points: int = DEFAULT_GRID_POINTS,
    by_cost: bool = False,
    starting_points: Sequence[points.Values] = (),
) -> Any:
    """An oracle that maximises validation accuracy and never ends a search on its own account.

    Args:
        tuner: Which one.
        hyperparameters: Everything that may be tuned (``keras_tuner.HyperParameters``).
        epochs: Most epochs of a trial; Hyperband plans with it.
        seed: Not 0, which Keras Tuner takes for "no seed".
        folder: Where Keras Tuner's own files go.
        grid_points: Values that a grid tries of a range without steps.
        by_cost: Whether Bayesian optimisation looks for the most gain per second instead of per trial.
        starting_points: What to propose after the defaults; a grid has its own order.

    Returns:
        A ``keras_tuner.Oracle``.
    """
    arguments: dict[str, Any] = {
        "objective": keras_tuner.Objective(OBJECTIVE, "max"),
        "hyperparameters": hyperparameters,
        "seed": seed,
        "max_consecutive_failed_trials": _NEVER,
        "starting_points": starting_points,
    }
    oracle: Any
    if tuner == "hyperband":
        oracle = HyperbandOracle(max_epochs=epochs, factor=HYPERBAND_FACTOR, **arguments)
    else:
        # No max_trials: the driver counts, so that a search can be taken further later.
        arguments["max_trials"] = None
        if tuner == "grid":
            oracle = GridOracle(num_points=grid_points, **arguments)
        elif tuner == "random":
            oracle = RandomOracle(**arguments)
        else:
            oracle = BayesianOracle(by_cost=by_cost, **arguments)
    oracle.verbose = 0
    oracle._set_project_dir(str(folder.parent), folder.name)  # noqa: SLF001 (what Keras Tuner's own base tuner calls)
    return oracle


def num_hyperband_epochs(oracle: Any) -> int:
    """How many epochs one iteration of Hyperband trains; a promoted trial goes on where it stopped."""
    total = 0
    for bracket in range(oracle._get_num_brackets()):  # noqa: SLF001 (as below)
        epochs = [0, *(oracle._get_epochs(bracket, step) for step in range(bracket + 1))]  # noqa: SLF001 (as below)
        sizes = [oracle._get_size(bracket, step) for step in range(bracket + 1)]  # noqa: SLF001 (as below)
        total += sum(
            size * (after - before) for size, (before, after) in zip(sizes, pairwise(epochs), strict=True)
        )
    return total


def num_hyperband_trials(oracle: Any) -> int:
    """How many trials one iteration of Hyperband runs, promoted ones counted again."""
    return sum(
        oracle._get_size(bracket, step)  # noqa: SLF001 (the plan is public knowledge, its methods are not)
        for bracket in range(oracle._get_num_brackets())  # noqa: SLF001 (the same)
        for step in range(bracket + 1)
    )
