"""Finding and importing spaces."""

import sys
from pathlib import Path

import pytest

from tests.small import write_space
from tunebench import spaces
from tunebench.errors import InvalidSpaceError, UnknownSpaceError


def test_the_spaces_that_come_along_are_found() -> None:
    """A renamed or private file would vanish from the list."""
    assert spaces.names() == ["cnn1", "cnn2", "cnn3", "mobilenet_v2"]


@pytest.mark.parametrize("name", spaces.names())
def test_the_summary_is_read_without_importing(name: str) -> None:
    """`tunebench spaces` would wait seconds for Keras."""
    sys.modules.pop(f"search_spaces.{name}", None)
    summary = spaces.summary(name)
    assert len(summary) > 10
    assert f"search_spaces.{name}" not in sys.modules
    assert spaces.find(name).summary == summary


def test_a_near_miss_is_suggested() -> None:
    """The user mistyped; the message should say what was meant."""
    with pytest.raises(
        UnknownSpaceError, match=r"no space 'cn3'\. Did you mean cnn3\? Expected one of cnn1, "
    ):
        spaces.find("cn3")


def test_a_missing_file_is_named() -> None:
    """Not "no space of that name": the user gave a path."""
    with pytest.raises(UnknownSpaceError, match=r"no space file nowhere/mine\.py"):
        spaces.find("nowhere/mine.py")


def test_a_file_of_the_users_own_is_a_space(tmp_path: Path) -> None:
    """The README promises it."""
    space = spaces.find(str(write_space(tmp_path)))
    assert (space.name, space.summary, space.epochs) == ("tiny", "A tiny network.", 2)
    assert len(space.sha256) == 64
    assert not space.has_prefix


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import nothing_of_that_name", "fails to import: ModuleNotFoundError: No module named"),
        ("def build(:", "fails to import: SyntaxError"),
        ("def construct(hp): ...", r"has no function build\(hp, input_shape, num_classes\)"),
        ("build = 3", "has no function build"),
        ("def build(hp, shape): ...", "has no function build"),
    ],
)
def test_a_file_that_is_no_space_is_one_clear_line(tmp_path: Path, source: str, message: str) -> None:
    """A traceback of the space's own code says too much and too little."""
    with pytest.raises(InvalidSpaceError, match=message) as caught:
        spaces.find(str(write_space(tmp_path, source)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("epochs", ["0", "'many'", "2.5"])
def test_a_baseline_needs_a_whole_number_of_epochs(tmp_path: Path, epochs: str) -> None:
    """Keras would train nothing and fail at the first look at the history."""
    source = f"EPOCHS = {epochs}\n\n\ndef build(hp): ...\n"
    with pytest.raises(InvalidSpaceError, match=r"EPOCHS = .* a whole number of at least 1"):
        spaces.find(str(write_space(tmp_path, source)))


def test_starting_points_are_read(tmp_path: Path) -> None:
    """A search would draw at random what the space's author knows."""
    source = 'STARTING_POINTS = [{"units": 8, "rate": 0.1}, {}]\n\n\ndef build(hp): ...\n'
    space = spaces.find(str(write_space(tmp_path, source)))
    assert space.starting_points == ({"units": 8, "rate": 0.1}, {})


@pytest.mark.parametrize("points", ["3", '{"units": 8}', "[8]", '[{"units": [8]}]', "[{8: 8}]"])
def test_starting_points_that_are_none_are_one_clear_line(tmp_path: Path, points: str) -> None:
    """A traceback from the middle of the search says nothing of the line to mend."""
    source = f"STARTING_POINTS = {points}\n\n\ndef build(hp): ...\n"
    with pytest.raises(InvalidSpaceError, match=r"STARTING_POINTS that cannot be read .* a list of dictio"):
        spaces.find(str(write_space(tmp_path, source)))
