"""Finding and importing spaces."""

import sys
from pathlib import Path

import pytest

from tests.small import write_space
from tunebench import spaces
from tunebench.errors import InvalidSpaceError, UnknownSpaceError


def test_the_bundled_spaces_are_found() -> None:
    """They are listed by name; private modules are not."""
    assert spaces.names() == ["cnn1", "cnn2", "cnn3", "mobilenet_v2"]


@pytest.mark.parametrize("name", spaces.names())
def test_the_summary_is_read_without_importing(name: str) -> None:
    """The summary of a bundled space is available without importing the module, and so Keras."""
    sys.modules.pop(f"search_spaces.{name}", None)
    summary = spaces.summary(name)
    assert len(summary) > 10
    assert f"search_spaces.{name}" not in sys.modules
    assert spaces.find(name).summary == summary


def test_a_near_miss_is_suggested() -> None:
    """An unknown name gives an error with the closest name."""
    with pytest.raises(
        UnknownSpaceError, match=r"no space 'cn3'\. Did you mean cnn3\? Expected one of cnn1, "
    ):
        spaces.find("cn3")


def test_a_network_of_keras_is_a_space() -> None:
    """It has the name that Keras gives it, weights of Keras, and a file that workers can import."""
    space = spaces.find("EfficientNetV2B0")
    assert (space.name, space.backbone, space.epochs) == ("EfficientNetV2B0", "keras", 5)
    assert space.summary.startswith("A head on a pretrained network")
    assert space.has_prefix
    assert space.sha256 == spaces.sha256("EfficientNetV2B0")
    assert list(space.code) == ["_pretrained.py"]


@pytest.mark.parametrize(("given", "near"), [("vgg16", "VGG16"), ("efficientnetv2-b0", "EfficientNetV2B0")])
def test_a_networks_near_miss_is_suggested(given: str, near: str) -> None:
    """Wrong case too."""
    with pytest.raises(UnknownSpaceError, match=rf"Did you mean {near}\? .*`tunebench spaces --all`"):
        spaces.find(given)


def test_a_missing_file_is_named() -> None:
    """If a path is given, the error says that the file is missing."""
    with pytest.raises(UnknownSpaceError, match=r"no space file nowhere/mine\.py"):
        spaces.find("nowhere/mine.py")


def test_a_file_is_a_space(tmp_path: Path) -> None:
    """A user's Python file is found by its path."""
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
def test_a_file_that_is_no_space_is_refused(tmp_path: Path, source: str, message: str) -> None:
    """The error is one line, also for an exception of the file's own code."""
    with pytest.raises(InvalidSpaceError, match=message) as caught:
        spaces.find(str(write_space(tmp_path, source)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        "class Odd(Exception):\n    def __str__(self):\n        raise KeyError\nraise Odd",
        "raise GeneratorExit",
        "class Odd(BaseException):\n    pass\nraise Odd('odd')",
        "class Build:\n    __signature__ = 3\n    def __call__(self, hp):\n        pass\nbuild = Build()",
        "-" * 100_000,
    ],
)
def test_whatever_a_file_raises_is_one_line(tmp_path: Path, source: str) -> None:
    """Also what no exception should be."""
    with pytest.raises(InvalidSpaceError) as caught:
        spaces.find(str(write_space(tmp_path, source)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("epochs", ["0", "'many'", "2.5"])
def test_epochs_must_be_a_positive_integer(tmp_path: Path, epochs: str) -> None:
    """Another value of EPOCHS is refused."""
    source = f"EPOCHS = {epochs}\n\n\ndef build(hp): ...\n"
    with pytest.raises(InvalidSpaceError, match=r"EPOCHS = .* an integer of at least 1"):
        spaces.find(str(write_space(tmp_path, source)))


@pytest.mark.parametrize("before", ["", "lambda: "])
def test_starting_points_are_read(tmp_path: Path, before: str) -> None:
    """STARTING_POINTS of the module, a list or a function that returns one, are the space's."""
    listed = '[{"units": 8, "rate": 0.1}, {}]'
    source = f"STARTING_POINTS = {before}{listed}\n\n\ndef build(hp): ...\n"
    space = spaces.find(str(write_space(tmp_path, source)))
    assert space.list_starting_points() == ({"units": 8, "rate": 0.1}, {})


@pytest.mark.parametrize("points", ["3", '{"units": 8}', "[8]", '[{"units": [8]}]', "[{8: 8}]"])
def test_invalid_starting_points_are_refused(tmp_path: Path, points: str) -> None:
    """Anything but a list of dictionaries from names to values gives a one-line error."""
    source = f"STARTING_POINTS = {points}\n\n\ndef build(hp): ...\n"
    with pytest.raises(InvalidSpaceError, match=r"STARTING_POINTS that cannot be read .* a list of dictio"):
        spaces.find(str(write_space(tmp_path, source)))


def test_starting_points_that_fail_name_their_space(tmp_path: Path) -> None:
    """An exception of a function that lists them is told with the file."""
    space = spaces.find(
        str(write_space(tmp_path, "STARTING_POINTS = lambda: 1 / 0\n\n\ndef build(hp): ...\n"))
    )
    with pytest.raises(InvalidSpaceError, match=r"STARTING_POINTS of the space .* fails.*division by zero"):
        space.list_starting_points()
