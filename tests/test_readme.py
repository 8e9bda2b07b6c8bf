"""Every command and every program that the README shows is run."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import keras
import pytest

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
# The same commands on fewer images: the last of two equal options counts.
QUICK = ["--trials", "1", "--epochs", "1", "--seeds", "1"]
FEW = ["--train-size", "200", "--test-size", "50"]


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def _commands() -> list[str]:
    lines = (line for block in _blocks("sh") for line in block.splitlines())
    return [line for line in lines if line.startswith("tunebench ")]


@pytest.fixture
def home(shared: Path, tmp_path: Path) -> Path:
    """A home folder that holds what the README's commands name."""
    (tmp_path / "data").symlink_to(shared / "data")
    keras.applications.MobileNetV2(weights=None, include_top=False).save_weights(
        tmp_path / "mobilenet_v2.weights.h5"
    )
    (tmp_path / "my_space.py").write_text(_blocks("python")[0], encoding="utf-8")
    return tmp_path


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.timeout(900)
def test_every_command_runs(home: Path) -> None:
    """A command that fails when it is copied is worse than none."""
    environment = {**os.environ, "HOME": str(home), "TUNEBENCH_DATA_DIR": str(home / "data")}
    commands = _commands()
    assert len(commands) > 10
    for command in commands:
        name, *arguments = shlex.split(command.replace("~", str(home)))[1:]
        if name in {"search", "train"}:
            arguments += FEW + (QUICK if name == "search" else QUICK[2:])
        if "--retime" in arguments:
            arguments += ["--retime", "1"]
        result = subprocess.run(
            [sys.executable, "-m", "tunebench", name, *arguments],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, f"{command}: {result.stderr}"
    assert (home / "reports" / "comparison.html").exists()
    assert (home / "reports" / "digits.html").exists()


@pytest.mark.slow
def test_the_library_program_runs(tmp_path: Path) -> None:
    """The same for the library."""
    program = _blocks("python")[1]
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "0.9" in result.stdout or "0.8" in result.stdout


def test_the_files_it_links_to_exist() -> None:
    """A broken picture is the first thing a visitor sees."""
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert len(links) >= 4
    for link in links:
        assert (Path(__file__).parents[1] / link).exists(), link
