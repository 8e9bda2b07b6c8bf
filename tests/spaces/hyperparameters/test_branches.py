"""Hyperparameters that are declared only in a branch of ``build``, and set by the user."""

from pathlib import Path

import pytest

from tests.small import UNTRACED_SPACE, write_space
from tunebench import spaces
from tunebench.errors import SpaceError
from tunebench.spaces.hyperparameters.baseline import baseline
from tunebench.spaces.hyperparameters.starting_points import starting_points
from tunebench.spaces.hyperparameters.values import declare_given

# Both branches declare a size.
EITHER = UNTRACED_SPACE.replace(
    "    model = ",
    '    if units == 16:\n        hp.Choice("size", [3, 5])\n    else:\n        hp.Choice("size", [7, 9])\n'
    '        hp.Boolean("wide")\n    model = ',
)
BRANCHES = UNTRACED_SPACE.replace(
    "    model = ",
    '    if units == 16 and hp.Int("depth", 1, 3) == 3:\n        hp.Int("deepest", 1, 5)\n    model = ',
)
SHAPE, CLASSES = (32, 32, 3), 10


def test_a_value_is_found_in_the_branch_that_other_values_choose(tmp_path: Path) -> None:
    """Also if that branch lies in another one."""
    space = spaces.find(str(write_space(tmp_path, BRANCHES)))
    given = {"deepest": "4", "depth": "3", "units": "16"}
    declared, chosen = declare_given(space, SHAPE, CLASSES, given, augment=True)
    assert chosen == {"deepest": 4, "depth": 3, "units": 16}
    names = [hp.name for hp in declared.space]
    assert names == ["units", "learning_rate", "batch_size", "depth", "deepest", "augmentation"]
    values, _ = baseline(space, SHAPE, CLASSES, given)
    assert values["deepest"] == 4


@pytest.mark.parametrize("given", [{"deepest": "4"}, {"deepest": "4", "depth": "2", "units": "16"}])
def test_a_value_in_a_branch_that_is_not_taken_is_explained(tmp_path: Path, given: dict[str, str]) -> None:
    """The error lists what is known, and says that a branch may be missing."""
    space = spaces.find(str(write_space(tmp_path, BRANCHES)))
    expected = (
        r"no hyperparameter 'deepest' with these values.*one of units, .* If only a branch of build\(\)"
    )
    with pytest.raises(SpaceError, match=expected):
        declare_given(space, SHAPE, CLASSES, given, augment=False)


def test_the_branch_that_is_taken_is_searched(tmp_path: Path) -> None:
    """Nothing of the other branch is searched, and that one's choices and starting points do not count."""
    points = (
        "STARTING_POINTS = [{'units': 8, 'size': 7}, {'units': 8, 'wide': True}, {'units': 16, 'size': 3}]\n"
    )
    space = spaces.find(str(write_space(tmp_path, EITHER + f"STARTING_POINTS = {points}\n")))
    declared, chosen = declare_given(space, SHAPE, CLASSES, {"units": "16", "size": "5"}, augment=False)
    assert [hp.name for hp in declared.space] == ["units", "learning_rate", "batch_size", "size"]
    assert [point["size"] for point in starting_points(space, declared, chosen)] == [5]
    with pytest.raises(SpaceError, match="Expected one of 3, 5"):
        declare_given(space, SHAPE, CLASSES, {"units": "16", "size": "7"}, augment=False)
    with pytest.raises(SpaceError, match="no hyperparameter 'wide' with these values"):
        declare_given(space, SHAPE, CLASSES, {"units": "16", "wide": "true"}, augment=False)


def test_a_value_need_not_fit_a_branch_that_it_does_not_lead_to(tmp_path: Path) -> None:
    """A branch under a condition is built to find what it declares, without values that are too large."""
    source = UNTRACED_SPACE.replace(
        "    model = ",
        '    wide = hp.Boolean("wide")\n    with hp.conditional_scope("wide", [True]):\n'
        '        if wide and hp.Choice("extra", [1, 2]) * units > 10:\n            raise ValueError\n'
        "    model = ",
    )
    space = spaces.find(str(write_space(tmp_path, source)))
    for given in ({"units": "16", "wide": "no"}, {"units": "16"}):
        declared, chosen = declare_given(space, SHAPE, CLASSES, given, augment=False)
        assert chosen["units"] == 16
        assert "extra" in {hp.name for hp in declared.space}
