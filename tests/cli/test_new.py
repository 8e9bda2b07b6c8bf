"""A space that `tunebench new` wrote is searched as it is."""

import re
import shlex
from pathlib import Path

import pytest

from tunebench.cli.main import main

FEW = ["--train-size", "100", "--test-size", "20", "--trials", "1", "--epochs", "1", "--seeds", "1"]


def test_the_printed_commands_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder's name is quoted for the shell."""
    monkeypatch.chdir(tmp_path)
    main(["new", "mine", "--out", "my spaces"])
    commands = re.findall(r"^  tunebench (.*)$", capsys.readouterr().out, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["check", "search"]
    main([*shlex.split(commands[1]), *FEW])
    assert "mine on digits: test accuracy" in capsys.readouterr().out
    assert (tmp_path / "runs" / "digits" / "mine" / "run.json").is_file()
