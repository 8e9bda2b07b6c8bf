"""The oracles."""

import time
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

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


@pytest.mark.parametrize("tuner", TUNERS)
def test_every_search_starts_from_the_defaults_and_repeats_itself(
    tuner: Tuner, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Resume replays the ledger into a new oracle, which must propose the same again, and quietly."""
    one = _play(oracles.make(tuner, _space(), 4, 17, tmp_path / "one"), 5)
    two = _play(oracles.make(tuner, _space(), 4, 17, tmp_path / "two"), 5)
    assert one == two
    assert (one[0]["units"], one[0]["wide"]) == (8, False)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("tuner", ["random", "bayesian"])
def test_another_seed_proposes_something_else(tuner: Tuner, tmp_path: Path) -> None:
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
        assert points.count_points(hp, 3) == expected
        proposed = _play(oracles.make("grid", hp, 4, 1, tmp_path / str(conditional)), 100)
        assert len(proposed) == expected
        assert len({tuple(sorted(values.items())) for values in proposed}) == expected


def test_hyperband_runs_as_many_trials_as_are_announced(tmp_path: Path) -> None:
    """The same for its plan; 10 epochs give 30 trials."""
    hp = _space()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    oracle = oracles.make("hyperband", hp, 10, 1, tmp_path / "tuner")
    assert oracles.num_hyperband_trials(oracle) == 30
    planned = oracles.num_hyperband_epochs(oracle)
    proposed = _play(oracle, 100)
    assert len(proposed) == 30
    promoted = [values for values in proposed if values["tuner/round"] > 0]
    assert all(values["tuner/trial_id"] for values in promoted)
    assert planned == sum(values["tuner/epochs"] - values["tuner/initial_epoch"] for values in proposed)


def _unlike(proposed: list[dict[str, Any]]) -> int:
    return len({tuple(sorted(points.canonical(values).items())) for values in proposed})


@pytest.mark.parametrize("tuner", ["random", "bayesian", "grid"])
def test_a_small_space_is_tried_point_by_point(tuner: Tuner, tmp_path: Path) -> None:
    """Keras Tuner tries points twice, or gives up with some untried."""
    for conditional, expected in ((False, 6), (True, 12)):
        proposed = _play(oracles.make(tuner, _space(conditional=conditional), 4, 3, tmp_path / tuner), 100)
        assert len(proposed) == _unlike(proposed) == expected


@pytest.mark.parametrize("tuner", ["random", "bayesian"])
def test_a_stepped_range_is_tried_to_its_end(tuner: Tuner, tmp_path: Path) -> None:
    """0.1 × 3 is not 0.3: a default would be tried again as its neighbour in the last digit."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8])
    hp.Float("dropout", 0.0, 0.6, step=0.1, default=0.3)
    proposed = _play(oracles.make(tuner, hp, 4, 3, tmp_path / tuner), 100)
    assert len(proposed) == _unlike(proposed) == 14
    assert {round(values["dropout"], 6) for values in proposed} == {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}


@pytest.mark.parametrize("tuner", ["random", "hyperband"])
def test_every_step_of_a_range_is_drawn(tuner: Tuner, tmp_path: Path) -> None:
    """Keras Tuner never draws a dropout of 0.6, nor is a space with a learning rate tried to its end."""
    hp = keras_tuner.HyperParameters()
    hp.Int("units", 16, 64, step=16)
    hp.Float("dropout", 0.0, 0.6, step=0.1)
    hp.Float("l2", 1e-4, 1e-2, step=10, sampling="log")
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    drawn = _play(oracles.make(tuner, hp, 20, 3, tmp_path / tuner), 60)
    assert {values["units"] for values in drawn} == {16, 32, 48, 64}
    assert {round(values["dropout"], 9) for values in drawn} == {0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6}
    assert max(values["dropout"] for values in drawn) == 0.6
    assert {float(f"{values['l2']:.6g}") for values in drawn} == {1e-4, 1e-3, 1e-2}


def test_what_has_no_steps_is_drawn_as_keras_tuner_does(tmp_path: Path) -> None:
    """Searches that were begun would not go on."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8, 16])
    hp.Boolean("wide")
    hp.Int("times", 2, 4, parent_name="wide", parent_values=[True])
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    theirs = keras_tuner.oracles.RandomSearchOracle(
        objective=keras_tuner.Objective("val_accuracy", "max"),
        max_trials=20,
        hyperparameters=hp.copy(),
        seed=7,
    )
    theirs._set_project_dir(str(tmp_path), "theirs")
    theirs.verbose = 0
    ours = _play(oracles.make("random", hp, 4, 7, tmp_path / "ours"), 20)
    assert ours[1:] == _play(theirs, 19)


def test_keras_tuner_writes_no_files(tmp_path: Path) -> None:
    """A full disk would end in TensorFlow's traceback, and a search of 500 trials in as many folders."""
    for tuner in TUNERS:
        _play(oracles.make(tuner, _space(), 4, 1, tmp_path / tuner), 3)
    assert not list(tmp_path.iterdir())


def test_a_grid_has_both_ends_and_the_number_of_points_that_was_asked_for(tmp_path: Path) -> None:
    """The best value is often at the end of a range, where Keras Tuner never looks."""
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    hp.Choice("units", [4, 8, 16])
    proposed = _play(oracles.make("grid", hp, 4, 1, tmp_path / "three", grid_points=3), 100)
    assert [values["rate"] for values in proposed[::3]] == pytest.approx([1e-3, 1e-4, 1e-2])
    assert len(proposed) == _unlike(proposed) == 9
    proposed = _play(oracles.make("grid", hp, 4, 1, tmp_path / "five", grid_points=5), 100)
    assert len(proposed) == 15
    assert {f"{values['rate']:.2e}" for values in proposed} == {
        "1.00e-04",
        "3.16e-04",
        "1.00e-03",
        "3.16e-03",
        "1.00e-02",
    }


def test_a_hyperparameter_that_a_build_declares_late_is_gone_through(tmp_path: Path) -> None:
    """A grid of the first build's hyperparameters would leave out those of the others."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8])
    oracle = oracles.make("grid", hp, 4, 1, tmp_path / "late")
    seen = []
    while (trial := oracle.create_trial("driver")).status == "RUNNING":
        trial.hyperparameters.Choice("late", [1, 2, 3])
        seen.append(dict(trial.hyperparameters.values))
        oracle.update_trial(trial.trial_id, {"val_accuracy": 0.5})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    assert len(seen) == _unlike(seen) == 6


def test_a_suggestion_takes_a_moment(tmp_path: Path) -> None:
    """Keras Tuner's takes seconds, often more than the trial. Processor time; measured at 0.15 s."""
    hp = _space()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    for number in range(8):
        hp.Float(f"other_{number}", 0.0, 1.0)
    known = oracles.make("random", hp, 4, 1, tmp_path / "known")
    _play(known, 100)
    oracle = oracles.make("bayesian", hp, 4, 1, tmp_path / "fast")
    # As after a hundred suggestions of its own, which would take most of the test.
    oracle.set_state(known.get_state())
    oracle.trials = known.trials
    before = time.process_time()
    assert len(_play(oracle, 3)) == 3
    assert len(oracle.trials) == 103
    assert (time.process_time() - before) / 3 < 2


@pytest.mark.parametrize("tuner", ["random", "bayesian", "grid"])
def test_a_whole_number_as_the_default_of_a_range_is_one_of_its_points(tuner: Tuner, tmp_path: Path) -> None:
    """Keras Tuner keeps 0 where the range has 0.0: the default would be tried twice."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8])
    hp.Float("dropout", 0, 0.2, step=0.1, default=0)
    assert points.count_points(hp, 3) == 6
    proposed = _play(oracles.make(tuner, hp, 4, 3, tmp_path / tuner), 100)
    assert len(proposed) == _unlike(proposed) == 6


def test_a_promoted_trial_gets_the_default_of_what_was_declared_after_it(tmp_path: Path) -> None:
    """Keras Tuner draws it without a seed: the ledger could not be replayed."""
    oracle = oracles.make("hyperband", _space(), 9, 3, tmp_path / "late")
    proposed: list[dict[str, Any]] = []
    while (trial := oracle.create_trial("driver")).status == "RUNNING" and len(proposed) < 60:
        proposed.append(dict(trial.hyperparameters.values))
        if len(proposed) == 5:
            trial.hyperparameters.Float("late", 0.0, 1.0, default=0.25)
        oracle.update_trial(trial.trial_id, {"val_accuracy": trial.hyperparameters.values["units"] / 100})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    older = [
        values for values in proposed if values.get("tuner/trial_id") in {"0000", "0001", "0002", "0003"}
    ]
    assert older
    assert {values["late"] for values in older} == {0.25}
