"""A space that `tunebench new` wrote; tests/checking/test_space.py trains it."""

import re
import shlex
from pathlib import Path

import click
import pytest

from tunebench.cli.main import main, tunebench


@pytest.mark.parametrize("folder", ["my spaces", "-mine"])
def test_the_printed_commands_can_be_typed(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder's name is quoted for the shell, and no option."""
    monkeypatch.chdir(tmp_path)
    main(["new", "mine", "--out", folder])
    printed = re.findall(r"^  tunebench (.*)$", capsys.readouterr().out, re.MULTILINE)
    commands = [shlex.split(command) for command in printed]
    assert [name for name, *_ in commands] == ["check", "search"]
    for name, path, *arguments in commands:
        assert Path(path).is_file()
        group = click.Context(tunebench)
        command = tunebench.get_command(group, name)
        assert command is not None
        command.make_context(name, [path, *arguments], parent=group)
