"""`tunebench new`: a space to start from."""

import subprocess
import sys
from pathlib import Path

import pytest

from tunebench.cli.main import main
from tunebench.errors import SpaceError
from tunebench.spaces.start import write_start


def test_the_file_passes_ruff(tmp_path: Path) -> None:
    """With its default rules; it is searched in tests/checking/test_space.py and tests/cli/test_new.py."""
    path = write_start("mine.py", tmp_path / "spaces")
    assert path == tmp_path / "spaces" / "mine.py"
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", str(path)]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("my-space", "such as my_space"),
        ("class", "no word of Python; --out"),
        ("folder/mine", "such as mine; --out names the folder"),
        ("", "'' cannot be the name"),
        ("numpy", "already the name of a Python module.*my_numpy"),
        ("__main__", "already the name of a Python module"),
        ("cnn1", "already the name of a space of tunebench"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(name: str, message: str, tmp_path: Path) -> None:
    """One line says what to do; nothing is written."""
    with pytest.raises(SpaceError, match=message):
        write_start(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even the same one."""
    (tmp_path / "mine.py").write_text("x = 1\n")
    with pytest.raises(SystemExit) as ended:
        main(["new", "mine", "--out", str(tmp_path)])
    assert ended.value.code == 1
    assert "is not overwritten" in capsys.readouterr().err
    assert (tmp_path / "mine.py").read_text() == "x = 1\n"
