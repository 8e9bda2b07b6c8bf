"""Whether what is checked is a space or a data set."""

from pathlib import Path

import pytest

from tunebench.checking.kind import is_space
from tunebench.cli.main import main
from tunebench.errors import TunebenchError


def test_names_and_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a search: names of spaces and .py files are spaces, also a file that is missing."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos.py").mkdir()
    for what in ("cnn1", "mine.py", "./mine.py"):
        assert is_space(what)
    for what in ("digits", str(tmp_path), "photos.py"):
        assert not is_space(what)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("cnn1", r"is a space and also a path here.*write \./cnn1 for the path"),
        ("cn1", "neither a data set nor a space.*Did you mean cnn1"),
        ("a\0b", "neither a data set nor a space"),
    ],
)
def test_both_or_neither_is_one_line(
    what: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line says what to write instead."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cnn1").mkdir()
    with pytest.raises(TunebenchError, match=message):
        is_space(what)


def test_options_of_a_space_are_wrong_usage_for_a_data_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable of the environment, which may be meant for other commands, is not."""
    with pytest.raises(SystemExit) as ended:
        main(["check", "digits", "--points", "3"])
    assert ended.value.code == 2
    assert "--points 3 is for a space" in capsys.readouterr().err
    monkeypatch.setenv("TUNEBENCH_SEED", "3")
    main(["check", "digits", "--train-size", "50", "--test-size", "20"])
    assert capsys.readouterr().out.startswith("class ")
