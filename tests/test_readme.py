"""Every command and every program that the README shows is run."""

import re
import shlex
from functools import partial
from pathlib import Path

import pytest

import tunebench
from tests.datasets.photographs import write_class
from tunebench.cli.main import main

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
# The same commands on fewer and smaller images: the last of two equal options counts.
FEW = ["--train-size", "100", "--test-size", "20", "--epochs", "1", "--seeds", "1"]
# Ray's workers are tested in tests/cli/test_parallel.py.
QUICK = ["--trials", "1", "--workers", "1"]
SMALL = ["--set", "image_size=96"]


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def _commands() -> list[str]:
    lines = (line for block in _blocks("sh") for line in block.splitlines())
    return [line for line in lines if line.startswith("tunebench ")]


@pytest.fixture
def home(shared: Path, random_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, and current folder, that holds the files that the README's commands name."""
    (tmp_path / "data").symlink_to(shared / "data")
    (tmp_path / "mobilenet_v2.weights.h5").symlink_to(random_weights)
    write_class(tmp_path / "pets" / "cats", 65, 0)
    write_class(tmp_path / "pets" / "dogs", 65, 1000)
    (tmp_path / "my_space.py").write_text(_blocks("python")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TUNEBENCH_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.timeout(900)
def test_every_command_runs(home: Path) -> None:
    """Each command can be copied and succeeds."""
    commands = _commands()
    assert len(commands) > 10
    for command in commands:
        name, *arguments = shlex.split(command.replace("~", str(home)))[1:]
        if name in {"search", "train"}:
            arguments += FEW + (QUICK if name == "search" else [])
        if "mobilenet_v2" in arguments:
            arguments += SMALL
        if "--retime" in arguments:
            arguments += ["--retime", "1"]
        main([name, *arguments])
    assert (home / "reports" / "comparison.html").exists()
    assert (home / "reports" / "digits.html").exists()


@pytest.mark.slow
def test_the_library_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The program of the library prints the trials of its run and a table."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tunebench.search", partial(tunebench.search, train_size=100, test_size=20))
    exec(compile(_blocks("python")[1], "README.md", "exec"), {})  # noqa: S102 (the README's own program)
    printed = capsys.readouterr().out
    assert "trial_id" in printed
    assert "digits" in printed


def test_the_files_it_links_to_exist() -> None:
    """Links and pictures lead to files of the repository."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert len(links) >= 4
    for link in links:
        assert (Path(__file__).parents[1] / link).exists(), link
