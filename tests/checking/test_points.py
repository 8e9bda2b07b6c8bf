"""The points of a space that a check tries."""

from pathlib import Path

import keras_tuner

from tests.small import write_space
from tunebench import spaces
from tunebench.checking.points import Point, points_to_try
from tunebench.spaces import Space


def _space(folder: Path) -> tuple[Space, keras_tuner.HyperParameters]:
    source = 'STARTING_POINTS = [{"units": 8}, {"units": 4}]\n\n\ndef build(hp): ...\n'
    hp = keras_tuner.HyperParameters()
    hp.Choice("units", [4, 8, 16], default=8)
    hp.Boolean("wide")
    return spaces.find(str(write_space(folder, source))), hp


def _try(folder: Path, number: int, seed: int = 0) -> list[Point]:
    return points_to_try(*_space(folder), number, seed)


def test_defaults_starting_points_and_random_ones(tmp_path: Path) -> None:
    """A starting point that equals the defaults is tried once; the same seed draws the same points."""
    found = _try(tmp_path, 2)
    assert [point.name for point in found] == ["defaults", "start 1", "random 1", "random 2"]
    assert found[0].values == {"units": 8, "wide": False}
    assert found[1].values == {"units": 4, "wide": False}
    assert found == _try(tmp_path, 2)
    assert found != _try(tmp_path, 2, seed=1)


def test_a_small_space_has_fewer_points_than_are_wanted(tmp_path: Path) -> None:
    """Each of the six points is tried once."""
    found = _try(tmp_path, 50)
    assert len({repr(sorted(point.values.items())) for point in found}) == len(found) == 6
