"""The oracles."""

from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tunebench.tuning import oracles


def _space(*, conditional: bool = False) -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8, 16], default=8)
    hp.Boolean("wide")
    if conditional:
        hp.Choice("times", [2, 3, 4], parent_name="wide", parent_values=[True])
    return hp


def _play(oracle: Any, most: int) -> list[dict[str, Any]]:
    proposed: list[dict[str, Any]] = []
    while len(proposed) < most:
        trial = oracle.create_trial("driver")
        if trial.status != "RUNNING":
            break
        proposed.append(dict(trial.hyperparameters.values))
        oracle.update_trial(trial.trial_id, {"val_accuracy": trial.hyperparameters.values["units"] / 100})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return proposed


@pytest.mark.parametrize("tuner", oracles.TUNERS)
def test_every_search_starts_from_the_defaults_and_repeats_itself(
    tuner: oracles.Tuner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Resume replays the ledger into a new oracle, which must propose the same again, and quietly."""
    one = _play(oracles.make(tuner, _space(), 4, 17, tmp_path / "one"), 5)
    two = _play(oracles.make(tuner, _space(), 4, 17, tmp_path / "two"), 5)
    assert one == two
    assert (one[0]["units"], one[0]["wide"]) == (8, False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("tuner", ["random", "bayesian"])
def test_another_seed_proposes_something_else(tuner: oracles.Tuner, tmp_path: Path) -> None:
    """--seed would have no effect."""
    hp = _space()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    one = _play(oracles.make(tuner, hp, 4, 17, tmp_path / "one"), 4)
    two = _play(oracles.make(tuner, hp.copy(), 4, 18, tmp_path / "two"), 4)
    assert one[0] == two[0]
    assert one[1:] != two[1:]


def test_grid_visits_as_many_points_as_are_announced(tmp_path: Path) -> None:
    """The progress and its estimate rest on the number."""
    for conditional, expected in ((False, 6), (True, 12)):
        hp = _space(conditional=conditional)
        assert oracles.num_grid_points(hp) == expected
        proposed = _play(oracles.make("grid", hp, 4, 1, tmp_path / str(conditional)), 100)
        assert len(proposed) == expected
        assert len({tuple(sorted(values.items())) for values in proposed}) == expected


def test_hyperband_runs_as_many_trials_as_are_announced(tmp_path: Path) -> None:
    """The same for its plan; 10 epochs give 30 trials."""
    hp = _space()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    oracle = oracles.make("hyperband", hp, 10, 1, tmp_path / "tuner")
    assert oracles.num_hyperband_trials(oracle) == 30
    proposed = _play(oracle, 100)
    assert len(proposed) == 30
    promoted = [values for values in proposed if values["tuner/round"] > 0]
    assert all(values["tuner/trial_id"] for values in promoted)
