"""The oracles."""

from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.tuning.searches import play
from tunebench.options import TUNERS, Tuner
from tunebench.spaces.hyperparameters import points
from tunebench.tuning import oracles


def _space(*, conditional: bool = False) -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8, 16], default=8)
    hp.Boolean("wide")
    if conditional:
        hp.Choice("times", [2, 3, 4], parent_name="wide", parent_values=[True])
    return hp


def _score(values: dict[str, Any]) -> float:
    return float(values["units"]) / 100


def _num_distinct(proposed: list[dict[str, Any]]) -> int:
    return len({tuple(sorted(points.canonical(values).items())) for values in proposed})


@pytest.mark.parametrize("tuner", TUNERS)
def test_searches_start_from_the_defaults_and_are_repeatable(
    tuner: Tuner, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same seed and scores give the same proposals, without output and without files."""
    monkeypatch.chdir(tmp_path)
    one = play(oracles.make(tuner, _space(), 4, 17), 5, _score)
    assert play(oracles.make(tuner, _space(), 4, 17), 5, _score) == one
    assert (one[0]["units"], one[0]["wide"]) == (8, False)
    assert capsys.readouterr() == ("", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("tuner", ["random", "bayesian"])
def test_another_seed_gives_other_proposals(tuner: Tuner) -> None:
    """Only the defaults are the same."""
    hp = _space()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    one, two = (play(oracles.make(tuner, hp.copy(), 4, seed), 4, _score) for seed in (17, 18))
    assert one[0] == two[0]
    assert one[1:] != two[1:]


def test_hyperband_runs_the_planned_trials_and_epochs() -> None:
    """Ten epochs give 30 trials, and the planned number of epochs."""
    hp = _space()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    oracle = oracles.make("hyperband", hp, 10, 1)
    trials, epochs = oracles.num_hyperband_trials(oracle), oracles.num_hyperband_epochs(oracle)
    proposed = play(oracle, 100, _score)
    assert len(proposed) == trials == 30
    assert all(values["tuner/trial_id"] for values in proposed if values["tuner/round"] > 0)
    assert epochs == sum(values["tuner/epochs"] - values["tuner/initial_epoch"] for values in proposed)


def _stepped() -> Any:
    """A stepped range whose default differs from its grid point in the last digit."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8])
    hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.3)
    return hp


def _with_integer_default() -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8])
    hp.Float("dropout", 0, 0.2, step=0.1, default=0)
    return hp


@pytest.mark.parametrize("tuner", ["random", "bayesian", "grid"])
@pytest.mark.parametrize(
    ("hp", "expected"),
    [(_space(), 6), (_space(conditional=True), 12), (_stepped(), 14), (_with_integer_default(), 6)],
)
def test_every_point_of_a_finite_space_is_tried_once(tuner: Tuner, hp: Any, expected: int) -> None:
    """The search ends after as many distinct points as the space has."""
    proposed = play(oracles.make(tuner, hp.copy(), 4, 3), 100, _score)
    assert len(proposed) == _num_distinct(proposed) == points.count_points(hp, 3) == expected


@pytest.mark.parametrize("tuner", ["random", "hyperband"])
def test_every_step_of_a_range_is_drawn(tuner: Tuner) -> None:
    """Upper ends are included, which Keras Tuner leaves out."""
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 16, 64, step=16)
    hp.Float("dropout", 0.0, 0.6, step=0.1)
    hp.Float("l2", 1e-4, 1e-2, step=10, sampling="log")
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    drawn = play(oracles.make(tuner, hp, 20, 3), 60, _score)
    assert {values["units"] for values in drawn} == {16, 32, 48, 64}
    assert {round(values["dropout"], 9) for values in drawn} == {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}
    assert max(values["dropout"] for values in drawn) == 0.6
    assert {float(f"{values['l2']:.6g}") for values in drawn} == {1e-4, 1e-3, 1e-2}


def test_ranges_without_steps_are_drawn_as_in_keras_tuner(tmp_path: Path) -> None:
    """The proposals after the defaults equal Keras Tuner's own."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8, 16])
    hp.Boolean("wide")
    hp.Int("times", 2, 4, parent_name="wide", parent_values=[True])
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    theirs = keras_tuner.oracles.RandomSearchOracle(
        objective=keras_tuner.Objective(oracles.SCORE, "max"),
        max_trials=20,
        hyperparameters=hp.copy(),
        seed=7,
    )
    theirs._set_project_dir(str(tmp_path), "theirs")
    theirs.verbose = 0
    assert play(oracles.make("random", hp, 4, 7), 20)[1:] == play(theirs, 19)


@pytest.mark.parametrize(
    ("grid_points", "rates"),
    [(3, [1e-3, 1e-4, 1e-2]), (5, [1e-3, 1e-4, 10**-3.5, 10**-2.5, 1e-2])],
)
def test_a_grid_has_the_given_number_of_points(grid_points: int, rates: list[float]) -> None:
    """A range without steps gives this many values, both ends included and the default first."""
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    hp.Choice("units", [4, 8, 16])
    proposed = play(oracles.make("grid", hp, 4, 1, grid_points=grid_points), 100)
    assert [values["rate"] for values in proposed[::3]] == pytest.approx(rates)
    assert len(proposed) == _num_distinct(proposed) == 3 * grid_points


def test_a_grid_includes_hyperparameters_declared_late() -> None:
    """If a build declares another hyperparameter, the grid combines its values with the others."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8])
    tried: list[dict[str, Any]] = []

    def build(hp: Any) -> None:
        hp.Choice("late", [1, 2, 3])
        tried.append(dict(hp.values))

    play(oracles.make("grid", hp, 4, 1), 100, build=build)
    assert len(tried) == _num_distinct(tried) == 6


def test_promoted_trials_get_the_default_of_hyperparameters_declared_late() -> None:
    """A trial promoted after another one declared a hyperparameter has its default value."""
    oracle = oracles.make("hyperband", _space(), 9, 3)

    def build(hp: Any) -> None:
        if len(oracle.trials) == 5:
            hp.Float("late", 0.0, 1.0, default=0.25)

    proposed = play(oracle, 60, _score, build)
    earlier = {"0000", "0001", "0002", "0003"}
    older = [values for values in proposed if values.get("tuner/trial_id") in earlier]
    assert older
    assert {values["late"] for values in older} == {0.25}
