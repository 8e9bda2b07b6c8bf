"""The points that a search tries first."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tests.small import UNTRACED_SPACE, write_space
from tests.tuning.searches import SETTINGS, interrupted, ledger, play, prepare, search
from tunebench import spaces
from tunebench.errors import InvalidSpaceError
from tunebench.options import TUNERS, Tuner
from tunebench.spaces.hyperparameters import points
from tunebench.spaces.hyperparameters.starting_points import starting_points
from tunebench.tuning import oracles

POINTS = [{"units": 16, "learning_rate": 0.03}, {"units": 16, "learning_rate": 0.003}]
SOURCE = UNTRACED_SPACE + f"\n\nSTARTING_POINTS = {POINTS}\n"


def _space(tmp_path: Path, source: str) -> spaces.Space:
    return spaces.find(str(write_space(tmp_path, source)))


def _declared() -> keras_tuner.HyperParameters:
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8, 16], default=8)
    hp.Boolean("wide")
    hp.Choice("times", [2, 3], parent_name="wide", parent_values=[True])
    hp.Float("learning_rate", 0.003, 0.03, sampling="log", default=0.01)
    return hp


def _proposed(oracle: Any, number: int) -> list[dict[str, Any]]:
    """An oracle's proposals if all trials score the same, without Keras Tuner's own entries."""
    return [
        points.canonical({name: values[name] for name in values if not name.startswith("tuner/")})
        for values in play(oracle, number)
    ]


def test_a_point_may_list_what_the_search_adds(tmp_path: Path) -> None:
    """With augmentation switched off, the rest of the point is tried."""
    space = _space(tmp_path, UNTRACED_SPACE + '\n\nSTARTING_POINTS = [{"augmentation": 0.25, "units": 16}]\n')
    without = _declared()
    with_it = _declared()
    with_it.Choice("augmentation", [0.0, 0.25], default=0.0)
    expected = {"units": 16, "wide": False, "learning_rate": 0.01}
    assert starting_points(space, without, {}) == [expected]
    assert starting_points(space, with_it, {}) == [{**expected, "augmentation": 0.25}]


def test_a_point_is_completed(tmp_path: Path) -> None:
    """Missing values are defaults, and values that the user fixed replace listed ones."""
    space = _space(tmp_path, UNTRACED_SPACE + '\n\nSTARTING_POINTS = [{"wide": True, "units": 16}, {}]\n')
    assert starting_points(space, _declared(), {"units": 4}) == [
        {"units": 4, "wide": True, "times": 2, "learning_rate": 0.01},
        {"units": 4, "wide": False, "learning_rate": 0.01},
    ]
    # These make the two equal, which are then counted once.
    both = {"units": 4, "wide": False}
    assert starting_points(space, _declared(), both) == [{**both, "learning_rate": 0.01}]


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ('{"unit": 8}', r"no hyperparameter 'unit'\. Did you mean units\? .* STARTING_POINTS of .*tiny\.py"),
        ('{"units": 9}', r"9 is not a valid value for the hyperparameter units\. .* STARTING_POINTS of "),
        ('{"learning_rate": 0.1}', r"0\.1 is outside .* learning_rate\. .* from 0\.003 to 0\.03\. Fix "),
        ('{"times": 3}', r"times has no effect .* unless wide=True\. .* Fix STARTING_POINTS of "),
    ],
)
def test_a_point_outside_the_space_is_refused(tmp_path: Path, point: str, message: str) -> None:
    """The error names the value and the file to fix."""
    space = _space(tmp_path, UNTRACED_SPACE + f"\n\nSTARTING_POINTS = [{point}]\n")
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


def test_a_value_is_checked_by_its_active_declaration(tmp_path: Path) -> None:
    """If a name is declared under several conditions, the point's condition decides the range."""
    listed = [{"optimizer": "sgd", "rate": 0.5, "size": 3}, {"optimizer": "adam", "rate": 0.005, "size": 2}]
    space = _space(tmp_path, UNTRACED_SPACE + f"\n\nSTARTING_POINTS = {listed}\n")
    assert starting_points(space, _declared_twice(), {}) == listed


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ('{"optimizer": "sgd", "rate": 0.005}', r"0\.005 is outside .* rate\. .* from 0\.1 to 1\.0"),
        (
            '{"optimizer": "adam", "rate": 0.005, "size": 4}',
            r"4 is not a valid value .* size\. Expected one of 1, 2",
        ),
    ],
)
def test_a_value_of_another_condition_is_refused(tmp_path: Path, point: str, message: str) -> None:
    """A value that is only valid under another condition is an error."""
    space = _space(tmp_path, UNTRACED_SPACE + f"\n\nSTARTING_POINTS = [{point}]\n")
    with pytest.raises(InvalidSpaceError, match=message):
        starting_points(space, _declared_twice(), {})


def test_a_point_that_conflicts_with_fixed_values_is_left_out(tmp_path: Path) -> None:
    """It is no error, as the point is valid without the fixed values."""
    listed = [{"optimizer": "sgd", "rate": 0.5}, {"optimizer": "adam", "rate": 0.005}]
    space = _space(tmp_path, UNTRACED_SPACE + f"\n\nSTARTING_POINTS = {listed}\n")
    assert starting_points(space, _declared_twice(), {"optimizer": "adam"}) == [
        {"optimizer": "adam", "rate": 0.005, "size": 1}
    ]


@pytest.mark.parametrize("tuner", TUNERS)
def test_starting_points_are_proposed_once_before_the_defaults(tuner: Tuner) -> None:
    """A grid ignores them and keeps its own order."""
    first = {"units": 16, "wide": False, "learning_rate": 0.01}
    second = {"units": 16, "wide": True, "times": 3, "learning_rate": 0.01}
    hp = _declared()
    oracle = oracles.make(tuner, hp, 9, 3, starting_points=[first, first, second])
    proposed = _proposed(oracle, 12)
    defaults = proposed[0 if tuner == "grid" else 2]
    assert (defaults["units"], defaults["wide"]) == (8, False)
    if tuner == "grid":
        assert proposed[1] not in (points.canonical(first), points.canonical(second))
    else:
        assert proposed[:2] == [points.canonical(first), points.canonical(second)]
        assert proposed[3] not in proposed[:3]


def test_bayesian_search_tries_all_starting_points_first() -> None:
    """Suggestions of the model start after the last one, even with a long list."""
    listed = [{"units": units, "wide": False, "learning_rate": 0.02} for units in (4, 8, 16)]
    listed += [{"units": units, "wide": False, "learning_rate": 0.005} for units in (4, 8, 16)]
    oracle = oracles.make("bayesian", _declared(), 9, 3, starting_points=listed)
    assert _proposed(oracle, 7)[:6] == [points.canonical(values) for values in listed]


def test_a_starting_point_gets_the_default_of_hyperparameters_declared_late() -> None:
    """The value is not random, so that a resumed search proposes the same."""
    listed = [{"units": units, "wide": False, "learning_rate": 0.02} for units in (4, 8, 16)]
    oracle = oracles.make("random", _declared(), 9, 3, starting_points=listed)
    proposed = play(oracle, 4, build=lambda hp: hp.Float("late", 0.0, 1.0, default=0.25))
    assert [values.get("late") for values in proposed] == [None, 0.25, 0.25, 0.25]


def test_a_search_tries_starting_points_and_resumes_between_them(tmp_path: Path) -> None:
    """The starting points come first, then the defaults, also in a resumed search."""
    preparation, settings = prepare(tmp_path, SOURCE), replace(SETTINGS, trials=3, epochs=1)
    search(preparation, tmp_path / "through", settings)
    tried = ledger(tmp_path / "through")
    search(preparation, interrupted(tmp_path / "through", tmp_path / "cut", 2), settings)
    assert ledger(tmp_path / "cut") == tried
    kept = [
        {name: each["hyperparameters"][name] for name in ("units", "learning_rate", "augmentation")}
        for each in tried
    ]
    assert kept[:2] == [{**point, "augmentation": 0.0} for point in POINTS]
    assert kept[2] == {"units": 8, "learning_rate": 0.01, "augmentation": 0.0}
