"""The points that a search tries first."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.small import PLAIN_SPACE, write_space
from tests.tuning.searches import SETTINGS, ledger, prepare, search
from tunebench import spaces
from tunebench.errors import InvalidSpaceError
from tunebench.options import TUNERS, Tuner
from tunebench.spaces.hyperparameters import points
from tunebench.spaces.hyperparameters.starting_points import starting_points
from tunebench.tuning import oracles

POINTS = [{"units": 16, "learning_rate": 0.03}, {"units": 16, "learning_rate": 0.003}]
SOURCE = PLAIN_SPACE + f"\n\nSTARTING_POINTS = {POINTS}\n"


def _space(tmp_path: Path, source: str) -> spaces.Space:
    return spaces.find(str(write_space(tmp_path, source)))


def _declared() -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8, 16], default=8)
    hp.Boolean("wide")
    hp.Choice("times", [2, 3], parent_name="wide", parent_values=[True])
    hp.Float("learning_rate", 0.003, 0.03, sampling="log", default=0.01)
    return hp


def _play(oracle: Any, number: int) -> list[dict[str, Any]]:
    """What an oracle proposes whose trials all score and cost the same, without its own entries."""
    proposed = []
    for _ in range(number):
        trial = oracle.create_trial("driver")
        values = trial.hyperparameters.values
        proposed.append({name: values[name] for name in values if not name.startswith("tuner/")})
        oracle.update_trial(trial.trial_id, {"val_accuracy": 0.5, oracles.SECONDS: 1.0})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return proposed


def test_a_point_is_whole_and_the_users_values_hold_in_it(tmp_path: Path) -> None:
    """A trial would lack a value, or train with one that the user had ruled out."""
    space = _space(tmp_path, PLAIN_SPACE + '\n\nSTARTING_POINTS = [{"wide": True, "units": 16}, {}]\n')
    assert starting_points(space, _declared(), {"units": 4}) == [
        {"units": 4, "wide": True, "times": 2, "learning_rate": 0.01},
        {"units": 4, "wide": False, "learning_rate": 0.01},
    ]


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ('{"unit": 8}', r"no hyperparameter 'unit'\. Did you mean units\? .* STARTING_POINTS of .*tiny\.py"),
        ('{"units": 9}', r"9 is no value of the hyperparameter units\. .* STARTING_POINTS of "),
        ('{"learning_rate": 0.1}', r"0\.1 is no value .* learning_rate .* from 0\.003 to 0\.03\. Mend "),
        ('{"times": 3}', r"times has no effect in a starting point.* Mend STARTING_POINTS of "),
    ],
)
def test_a_point_outside_of_the_space_is_found_before_the_first_trial(
    tmp_path: Path, point: str, message: str
) -> None:
    """Bayesian search has no place for it, and the report would draw it beside the axis."""
    space = _space(tmp_path, PLAIN_SPACE + f"\n\nSTARTING_POINTS = [{point}]\n")
    with pytest.raises(InvalidSpaceError, match=message):
        starting_points(space, _declared(), {})


def _declared_twice() -> keras_tuner.HyperParameters:
    """A rate and a size whose ranges depend on the optimizer."""
    hp = keras_tuner.HyperParameters()
    hp.Choice("optimizer", ["adam", "sgd"])
    with hp.conditional_scope("optimizer", ["adam"]):
        hp.Float("rate", 0.001, 0.01)
        hp.Choice("size", [1, 2])
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("rate", 0.1, 1.0)
        hp.Choice("size", [3, 4])
    return hp


def test_the_range_that_counts_is_that_of_the_points_condition(tmp_path: Path) -> None:
    """A point of one branch would be refused for the other's range."""
    listed = [{"optimizer": "sgd", "rate": 0.5, "size": 3}, {"optimizer": "adam", "rate": 0.005, "size": 2}]
    space = _space(tmp_path, PLAIN_SPACE + f"\n\nSTARTING_POINTS = {listed}\n")
    assert starting_points(space, _declared_twice(), {}) == listed


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ('{"optimizer": "sgd", "rate": 0.005}', r"0\.005 is no value .* rate .* from 0\.1 to 1\.0"),
        ('{"optimizer": "adam", "rate": 0.005, "size": 4}', r"4 is no value .* size\. Expected one of 1, 2"),
    ],
)
def test_a_value_of_another_condition_is_refused(tmp_path: Path, point: str, message: str) -> None:
    """A trial would have a value that its branch does not know."""
    space = _space(tmp_path, PLAIN_SPACE + f"\n\nSTARTING_POINTS = [{point}]\n")
    with pytest.raises(InvalidSpaceError, match=message):
        starting_points(space, _declared_twice(), {})


def test_a_point_for_which_the_user_leaves_no_place_is_left_out(tmp_path: Path) -> None:
    """The author would be told to mend a point that is right, or the rate be one that no search looks at."""
    listed = [{"optimizer": "sgd", "rate": 0.5}, {"optimizer": "adam", "rate": 0.005}]
    space = _space(tmp_path, PLAIN_SPACE + f"\n\nSTARTING_POINTS = {listed}\n")
    assert starting_points(space, _declared_twice(), {"optimizer": "adam"}) == [
        {"optimizer": "adam", "rate": 0.005, "size": 1}
    ]


@pytest.mark.parametrize("tuner", TUNERS)
def test_a_tuner_proposes_them_after_the_defaults_and_once(tuner: Tuner, tmp_path: Path) -> None:
    """What the space's author knows would come too late to help; a grid keeps the order it announced."""
    first = {"units": 16, "wide": False, "learning_rate": 0.01}
    second = {"units": 16, "wide": True, "times": 3, "learning_rate": 0.01}
    hp = _declared()
    oracle = oracles.make(tuner, hp, 9, 3, tmp_path, starting_points=[first, first, second])
    proposed = [points.canonical(values) for values in _play(oracle, 12)]
    assert (proposed[0]["units"], proposed[0]["wide"]) == (8, False)
    if tuner == "grid":
        assert proposed[1] not in (points.canonical(first), points.canonical(second))
    else:
        assert proposed[1:3] == [points.canonical(first), points.canonical(second)]
        assert proposed[3] not in proposed[:3]


@pytest.mark.parametrize("by_cost", [False, True])
def test_bayesian_search_infers_nothing_before_all_are_tried(tmp_path: Path, *, by_cost: bool) -> None:
    """Points of a long list would be passed over from the sixth trial on."""
    listed = [{"units": units, "wide": False, "learning_rate": 0.02} for units in (4, 8, 16)]
    listed += [{"units": units, "wide": False, "learning_rate": 0.005} for units in (4, 8, 16)]
    oracle = oracles.make("bayesian", _declared(), 9, 3, tmp_path, by_cost=by_cost, starting_points=listed)
    assert _play(oracle, 7)[1:] == listed


def test_a_search_tries_them_and_goes_on_from_the_middle_of_them(tmp_path: Path) -> None:
    """A resumed search would try one twice, or none."""
    preparation = prepare(tmp_path, SOURCE)
    search(preparation, tmp_path / "through", replace(SETTINGS, trials=4))
    search(preparation, tmp_path / "cut", replace(SETTINGS, trials=2))
    search(preparation, tmp_path / "cut", replace(SETTINGS, trials=4))
    tried = ledger(tmp_path / "through")
    assert ledger(tmp_path / "cut") == tried
    kept = [
        {name: each["hyperparameters"][name] for name in ("units", "learning_rate", "augmentation")}
        for each in tried
    ]
    assert kept[0] == {"units": 8, "learning_rate": 0.01, "augmentation": 0.0}
    assert kept[1:3] == [{**point, "augmentation": 0.0} for point in POINTS]
    assert tried[3]["hyperparameters"] not in [each["hyperparameters"] for each in tried[:3]]


def test_what_the_user_sets_makes_two_of_them_one(tmp_path: Path) -> None:
    """The same model would be trained twice."""
    settings = replace(SETTINGS, trials=3, fixed={"learning_rate": "0.01"})
    search(prepare(tmp_path, SOURCE), tmp_path / "run", settings)
    tried = [each["hyperparameters"] for each in ledger(tmp_path / "run")]
    assert [each["units"] for each in tried[:2]] == [8, 16]
    assert all(each["learning_rate"] == 0.01 for each in tried)
    assert tried[2] not in tried[:2]
