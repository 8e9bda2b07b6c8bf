"""Hyperparameters that are declared only in a branch of ``build``, and set by the user."""

from pathlib import Path

import pytest

from tests.small import UNTRACED_SPACE, write_space
from tunebench import spaces
from tunebench.errors import SpaceError
from tunebench.spaces.hyperparameters.baseline import baseline
from tunebench.spaces.hyperparameters.values import declare_given

BRANCHES = UNTRACED_SPACE.replace(
    "    model = ",
    '    if units == 16 and hp.Int("depth", 1, 3) == 3:\n        hp.Int("deepest", 1, 5)\n    model = ',
)
SHAPE, CLASSES = (32, 32, 3), 10


def test_a_value_is_found_in_the_branch_that_other_values_choose(tmp_path: Path) -> None:
    """Also if that branch lies in another one; what the user does not set is tuned as before."""
    space = spaces.find(str(write_space(tmp_path, BRANCHES)))
    given = {"deepest": "4", "depth": "3", "units": "16"}
    declared, chosen = declare_given(space, SHAPE, CLASSES, given, augment=True)
    assert chosen == {"deepest": 4, "depth": 3, "units": 16}
    names = [hp.name for hp in declared.space]
    assert names == ["units", "learning_rate", "batch_size", "augmentation", "depth", "deepest"]
    values, _ = baseline(space, SHAPE, CLASSES, given)
    assert values["deepest"] == 4


@pytest.mark.parametrize("given", [{"deepest": "4"}, {"deepest": "4", "depth": "2", "units": "16"}])
def test_a_value_in_a_branch_that_is_not_taken_is_explained(tmp_path: Path, given: dict[str, str]) -> None:
    """The error lists what is known, and says that a branch may be missing."""
    space = spaces.find(str(write_space(tmp_path, BRANCHES)))
    expected = r"no hyperparameter 'deepest'.*one of units, .*; one that is declared only in a branch"
    with pytest.raises(SpaceError, match=expected):
        declare_given(space, SHAPE, CLASSES, given, augment=False)
