"""Every use of a private name of Keras Tuner, so that a new version can break only this module.

- ``Oracle._save_trial`` is overridden: the ledger already holds the trials, so Keras Tuner writes no files.
- ``Oracle._random_values`` is overridden: Hyperband draws its first rounds with it.
- ``Oracle._duplicate`` says whether a point was proposed before. It uses ``_compute_values_hash``, which is
  overridden: 0.1 × 3 and 0.3 are the same point.
- ``HyperbandOracle._get_num_brackets``, ``_get_size`` and ``_get_epochs`` give Hyperband's plan, which has no
  public name.

:data:`PRIVATE_NAMES` lists them for the test that checks a new version.
"""

# ruff: noqa: SLF001 (the private names are collected here)

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras_tuner
from keras_tuner import oracles

from tunebench.spaces.hyperparameters import points

# The private methods used, by their class, with their parameters.
PRIVATE_NAMES = {
    keras_tuner.Oracle: {
        "_save_trial": ("self", "trial"),
        "_random_values": ("self",),
        "_duplicate": ("self", "values"),
        "_compute_values_hash": ("self", "values"),
    },
    oracles.HyperbandOracle: {
        "_get_num_brackets": ("self",),
        "_get_size": ("self", "bracket_num", "round_num"),
        "_get_epochs": ("self", "bracket_num", "round_num"),
    },
}


class LedgerOracle(keras_tuner.Oracle):
    """An oracle that writes no files and draws random points with :meth:`draw`."""

    def draw(self) -> dict[str, Any] | None:
        """A random point that was not tried, or ``None`` if none is found."""
        raise NotImplementedError  # each tuner's oracle defines it

    def is_known(self, values: Mapping[str, Any]) -> bool:
        """Whether a point was proposed before."""
        known: bool = self._duplicate(values)
        return known

    def save(self) -> None:
        """Write nothing; see ``keras_tuner.Oracle.save``."""

    def _save_trial(self, trial: Any) -> None:
        """Write nothing."""

    def _random_values(self) -> dict[str, Any] | None:
        return self.draw()

    def _compute_values_hash(self, values: Mapping[str, Any]) -> Any:
        return super()._compute_values_hash(points.canonical(values))


@dataclass(frozen=True)
class Round:
    """One round of a bracket of Hyperband.

    Attributes:
        size: Number of trials.
        first_epoch: Epoch that its trials resume from, counted from 0.
        epochs: Epoch that its trials train to.
    """

    size: int
    first_epoch: int
    epochs: int


def hyperband_plan(oracle: Any) -> list[list[Round]]:
    """The rounds of one iteration of Hyperband, by the number of their bracket.

    Args:
        oracle: A ``keras_tuner.oracles.HyperbandOracle``.
    """
    plan = []
    for bracket in range(oracle._get_num_brackets()):
        sizes = [oracle._get_size(bracket, number) for number in range(bracket + 1)]
        epochs = [oracle._get_epochs(bracket, number) for number in range(bracket + 1)]
        plan.append([Round(*each) for each in zip(sizes, [0, *epochs[:-1]], epochs, strict=True)])
    return plan
