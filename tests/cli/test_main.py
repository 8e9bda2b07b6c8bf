"""The command line as a user meets it: real processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tunebench.cli.main import COMMANDS

PROGRAM = [sys.executable, "-m", "tunebench"]


def _run(*arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, cwd=folder, check=False)


def test_help_lists_every_command_with_a_description() -> None:
    """A command that is not listed is not found."""
    result = _run("--help")
    assert (result.returncode, result.stderr) == (0, "")
    lines = [line.strip() for line in result.stdout.splitlines()]
    for command, description in COMMANDS.items():
        # On one line of a terminal.
        assert f"{command:<8}  {description}" in lines


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str) -> None:
    """The help is the manual."""
    result = _run(command, "--help")
    assert result.returncode == 0
    assert f"  tunebench {command}" in result.stdout
    assert "Example" in result.stdout


@pytest.mark.parametrize(
    "arguments", [["--help"], ["spaces"], ["datasets"], ["compare", "--help"], ["search", "--help"]]
)
def test_what_needs_no_keras_imports_none(arguments: list[str]) -> None:
    """The help would take seconds."""
    imported = _imported(*arguments)
    assert "tunebench.cli.main" in imported
    assert not imported & {"tensorflow", "keras", "keras_tuner", "tensorflow_hub", "sklearn", "matplotlib"}


def test_the_list_of_commands_imports_none_of_them() -> None:
    """It would take as long as all of them together."""
    imported = _imported("--help")
    assert "tunebench.cli.main" in imported
    assert not imported & {"numpy", *(f"tunebench.cli.{command}" for command in COMMANDS)}


def _imported(*arguments: str) -> set[str]:
    """The modules that a command imports."""
    result = subprocess.run(
        [*PROGRAM[:1], "-X", "importtime", *PROGRAM[1:], *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in result.stderr.splitlines()}


def test_the_version_is_the_packages() -> None:
    """Reports name it."""
    assert _run("--version").stdout == "tunebench 0.1.0\n"


def test_lists_are_readable_by_machines() -> None:
    """--json is a contract."""
    spaces = json.loads(_run("spaces", "--json").stdout)
    assert [space["name"] for space in spaces] == ["cnn1", "cnn2", "cnn3", "mobilenet_v2"]
    datasets = json.loads(_run("datasets", "--json").stdout)
    assert {"cifar10", "digits"} <= {entry["name"] for entry in datasets}
    assert next(entry for entry in datasets if entry["name"] == "digits")["available"]


def test_the_doctor_says_what_is_here_and_how_to_get_the_rest(tmp_path: Path) -> None:
    """The first thing a user with a problem is asked to run."""
    result = _run("doctor", "--json", "--data-dir", str(tmp_path))
    found = json.loads(result.stdout)
    assert result.stderr == ""
    assert found["versions"]["keras"][0] == "3"
    assert found["device"]["trains on"].startswith(("CPU: ", "GPU: "))
    assert found["data"]["cifar10"].startswith("not here. ")
    assert "--data-dir" in found["data"]["cifar10"]
    assert found["data"]["digits"].startswith("here")
    (text,) = found["weights"].values()
    assert "--backbone" in text or text.startswith("here")


def test_wrong_usage_is_status_2_and_names_the_option() -> None:
    """Scripts tell a typing error from a failed search by it."""
    for arguments, message in (
        (["search", "cnn1", "--trials", "0"], "0 is not in the range x>=1. See 'tunebench search --help'."),
        (["search", "cnn1", "--tuner", "lucky"], "Invalid value for '--tuner'"),
        (["search", "cnn1", "--train-size", "many"], "Invalid value for '--train-size'"),
        (["search"], "Missing argument 'SPACE'."),
        (["train", "cnn1", "--set", "units"], "is not of the form name=value"),
        (["serach"], "No such command 'serach'."),
    ):
        result = _run(*arguments)
        assert result.returncode == 2
        assert message in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_no_command_shows_the_help() -> None:
    """A newcomer types the bare name first."""
    result = _run()
    assert result.returncode == 2
    assert result.stdout.startswith("Usage: tunebench")
    assert result.stderr == ""


@pytest.mark.slow
def test_a_reader_that_went_away_ends_no_search(tmp_path: Path) -> None:
    """A closed terminal or `2>&1 | head` must not cost an evening."""
    small = "--dataset digits --train-size 300 --test-size 100 --epochs 1 --trials 2 --seeds 1"
    command = f"{sys.executable} -m tunebench search cnn1 {small} 2> >(head -n 1 > /dev/null)"
    subprocess.run(["/bin/bash", "-c", command], cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "runs" / "digits" / "cnn1" / "run.json").exists()


@pytest.mark.slow
def test_a_name_that_is_no_utf8_costs_no_training(tmp_path: Path) -> None:
    """The record could not be written, after everything had been trained."""
    small = ["--dataset", "digits", "--train-size", "300", "--test-size", "100", "--epochs", "1"]
    folder = os.fsdecode(b"r\xe9")
    command = [*PROGRAM, "train", "cnn1", *small, "--seeds", "1", "--runs-dir", folder]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    (record,) = tmp_path.glob("r*/digits/cnn1-default/run.json")
    assert json.loads(record.read_bytes())["command"].startswith("tunebench train cnn1")


def test_an_unknown_back_end_is_one_clear_line() -> None:
    """A misspelt variable must not end in a traceback."""
    result = subprocess.run(
        [*PROGRAM, "search", "cnn1", "--dataset", "digits"],
        capture_output=True,
        text=True,
        env={**os.environ, "KERAS_BACKEND": "tensorflwo"},
        check=False,
    )
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert "Expected tensorflow, jax or torch" in result.stderr
