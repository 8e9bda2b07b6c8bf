"""The program: help, lists, wrong usage, and what a process imports and prints when it starts."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.small import UNTRACED_SPACE, write_space
from tests.synthetic_runs import FOUR, write_runs
from tunebench.cli.main import COMMANDS, main

SMALL = ["--dataset", "digits", "--train-size", "200", "--test-size", "100", "--epochs", "1", "--seeds", "1"]
Capture = pytest.CaptureFixture[str]


def test_help_lists_every_command_with_a_description(capsys: Capture) -> None:
    """Each command has one line."""
    main(["--help"])
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    for command, description in COMMANDS.items():
        assert f"{command:<8}  {description}" in lines


# The program checks itself: what it imports cannot be seen from outside.
LIGHT = """
import sys
from tunebench.cli.main import COMMANDS, main
main(["--help"])
commands = {name for name in sys.modules if name.startswith("tunebench.cli.")} - {"tunebench.cli.main"}
assert not commands and "numpy" not in sys.modules, commands
for command in ["spaces"], ["datasets"], *([name, "--help"] for name in COMMANDS):
    main(command)
heavy = {"tensorflow", "keras", "keras_tuner", "tensorflow_hub"}
assert not (heavy | {"matplotlib", "sklearn", "scipy"}) & set(sys.modules), sys.modules.keys()
main(["compare", "--runs-dir", "runs", "--out", "page.html"])
heavy |= {"pandas", "sklearn"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""


def test_commands_that_do_not_train_import_no_keras(tmp_path: Path) -> None:
    """The help imports no command, lists no plotting library, a comparison neither TensorFlow nor pandas."""
    write_runs(tmp_path / "runs", FOUR[:2])
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "page.html").exists()


def test_the_version_is_printed(capsys: Capture) -> None:
    """`--version` prints the program's name and version."""
    main(["--version"])
    assert capsys.readouterr().out == "tunebench 0.1.0\n"


def test_lists_can_be_printed_as_json(capsys: Capture) -> None:
    """Spaces and data sets have names; digits are always available."""
    main(["spaces", "--json"])
    spaces = json.loads(capsys.readouterr().out)
    assert [space["name"] for space in spaces] == ["cnn1", "cnn2", "cnn3", "mobilenet_v2"]
    main(["spaces", "--all", "--json"])
    found = {space["name"]: space for space in json.loads(capsys.readouterr().out)}
    assert found["VGG16"] == {
        "name": "VGG16",
        "parameters": 14_714_688,
        "weights_bytes": 58_858_752,
        "image_size": 224,
    }
    main(["spaces", "--all"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["VGG16", "14.7", "59", "MB", "224×224"] in lines
    main(["datasets", "--json"])
    available = {entry["name"]: entry["available"] for entry in json.loads(capsys.readouterr().out)}
    assert "cifar10" in available
    assert available["digits"]


def test_the_doctor_says_what_is_here_and_how_to_get_the_rest(tmp_path: Path, capsys: Capture) -> None:
    """It shows versions, the device, data and weights."""
    main(["doctor", "--json", "--data-dir", str(tmp_path)])
    found = json.loads(capsys.readouterr().out)
    assert found["versions"]["keras"][0] == "3"
    assert found["device"]["trains on"].startswith(("CPU: ", "GPU: "))
    assert found["data"]["cifar10"].startswith("not here. ")
    assert "--data-dir" in found["data"]["cifar10"]
    assert found["data"]["digits"].startswith("here")
    hub, networks = found["weights"].values()
    assert "--backbone" in hub or hub.startswith("here")
    assert re.fullmatch(r"\d+ files? of weights in Keras' cache", networks)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "cnn1", "--trials", "0"], "at least 1. See 'tunebench search --help'."),
        (["search", "cnn1", "--tuner", "lucky"], "Invalid value for '--tuner'"),
        (["search", "cnn1", "--train-size", "many"], "Invalid value for '--train-size'"),
        (["search"], "Missing argument 'SPACE'."),
        (["train", "cnn1", "--set", "units"], "Expected name=value"),
        (["serach"], "No such command 'serach'."),
    ],
)
def test_wrong_usage_is_status_2_and_names_the_option(
    arguments: list[str], message: str, capsys: Capture
) -> None:
    """Scripts can distinguish wrong usage from a failed search."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_no_arguments_print_the_help(capsys: Capture) -> None:
    """It goes to standard output, with the status of wrong usage."""
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
    printed = capsys.readouterr()
    assert printed.out.startswith("Usage: tunebench")
    assert printed.err == ""


def test_a_narrow_encoding_is_no_error(tmp_path: Path) -> None:
    """What it lacks is replaced."""
    write_runs(tmp_path / "runs")
    command = [sys.executable, "-m", "tunebench", "compare", "--runs-dir", str(tmp_path / "runs")]
    done = subprocess.run(
        [*command, "--out", str(tmp_path / "page.html")],
        env={**os.environ, "PYTHONIOENCODING": "latin1"},
        capture_output=True,
        encoding="latin1",
        check=True,
    )
    assert "mobilenet_v2: 88.4?%" in done.stdout


def test_a_training_survives_a_closed_pipe(tmp_path: Path) -> None:
    """The reader of its progress may go away, such as `head`; the training finishes all the same."""
    space = write_space(tmp_path, UNTRACED_SPACE)
    command = f"{sys.executable} -m tunebench train {space} {' '.join(SMALL)}"
    # A space's path has no blanks: it is pytest's.
    shell = ["/bin/bash", "-c", f"{command} 2> >(head -n 1 > /dev/null)"]
    subprocess.run(shell, cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "runs" / "digits" / "tiny-default" / "run.json").exists()


def test_a_folder_name_may_have_bytes_that_are_not_utf8(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record holds the command with a replacement character."""
    space, folder = str(write_space(tmp_path, UNTRACED_SPACE)), tmp_path / os.fsdecode(b"r\xe9")
    monkeypatch.setattr("sys.argv", ["tunebench", "train", space, *SMALL, "--runs-dir", str(folder)])
    main()
    record = json.loads((folder / "digits" / "tiny-default" / "run.json").read_bytes())
    assert record["command"].startswith(f"tunebench train {space}")


def test_closed_standard_streams_are_like_empty_ones() -> None:
    """A shell may close them."""
    command = f"{sys.executable} -m tunebench spaces <&- >&- 2>&-"
    assert subprocess.run(["/bin/sh", "-c", command], check=False).returncode == 0


def test_an_unknown_back_end_is_one_clear_line() -> None:
    """The line names the back ends that there are."""
    command = [sys.executable, "-m", "tunebench", "search", "cnn1", "--dataset", "digits"]
    environment = {**os.environ, "KERAS_BACKEND": "tensorflwo"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "Expected tensorflow, jax or torch" in line
