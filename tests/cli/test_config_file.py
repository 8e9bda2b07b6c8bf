"""``tunebench.toml``: values of options for the commands of a folder."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.small import UNTRACED_SPACE, write_space
from tests.synthetic_runs import FOUR, write_runs
from tunebench.cli.main import main, tunebench
from tunebench.runs import read_run

Capture = pytest.CaptureFixture[str]
DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _given(command: str, *arguments: str) -> dict[str, Any]:
    """What a command's function would get, without running it."""
    group = tunebench
    assert group.callback is not None
    with group.make_context("tunebench", [command, *arguments]) as ctx:
        ctx.invoked_subcommand = command
        ctx.invoke(group.callback, **ctx.params)
        found = group.get_command(ctx, command)
        assert found is not None
        with found.make_context(command, [*arguments], parent=ctx) as inner:
            return inner.params


def test_the_command_line_and_the_environment_come_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """After them the command's table, then what holds for all commands, then the default."""
    (folder / "tunebench.toml").write_text(
        'seeds = 1\nepochs = 1\ntrain-size = 100\ntuner = "grid"\nimage_size = [8, 16]\n'
        '[search]\nepochs = 2\ntrials = 2\nseed = 2\npatience = "none"\nprune = false\n'
        "[search.set]\nunits = 16\nbatch_norm = true\n[train]\nepochs = 9\n"
    )
    monkeypatch.setenv("TUNEBENCH_SEED", "3")
    monkeypatch.setenv("TUNEBENCH_TRIALS", "3")
    given = _given("search", "cnn1", "--trials", "4")
    assert (given["trials"], given["seed"], given["epochs"], given["seeds"]) == (4, 3, 2, 1)
    assert (given["train_size"], given["tuner"], given["image_size"]) == (100, "grid", (8, 16))
    assert (given["patience"], given["prune"], given["confirm"]) == (None, False, 1)
    assert given["hyperparameters"] == (("units", "16"), ("batch_norm", "True"))
    assert _given("train", "cnn1")["epochs"] == 9
    (line, _) = capsys.readouterr().err.splitlines()
    assert line.startswith("Options from tunebench.toml: --train-size, --image-size, --tuner, --trials")


def test_an_option_that_a_file_sets_of_some_commands_only(folder: Path) -> None:
    """A seed for all commands is one of trainings; which model predicts is said on the command line."""
    (folder / "tunebench.toml").write_text("seed = 3\n")
    assert _given("search", "cnn1")["seed"] == 3
    assert _given("predict", "run", "a.png")["seed"] is None


def test_a_command_uses_the_file(folder: Path, capsys: Capture) -> None:
    """The run is that of the file's values, and the command says so."""
    space = write_space(folder, UNTRACED_SPACE)
    (folder / "other.toml").write_text(
        'dataset = "digits"\ntrain-size = 100\ntest-size = 50\nepochs = 1\nseeds = 1\nset = {units = 16}\n'
    )
    main(["--config", "other.toml", "train", str(space)])
    assert "Options from other.toml: --dataset" in capsys.readouterr().err
    record = read_run(folder / "runs" / "digits" / "tiny-default").record
    assert (record.dataset.train_size, record.hyperparameters["units"]) == (100, 16)


def test_results_on_standard_output_are_the_same(folder: Path, capsys: Capture) -> None:
    """A program that reads them need not know of the file."""
    write_runs(folder / "elsewhere", FOUR[:1])
    (folder / "tunebench.toml").write_text('[compare]\nruns-dir = "elsewhere"\nout = "page.html"\n')
    main(["compare", "--json"])
    assert json.loads(capsys.readouterr().out)["sections"]
    assert (folder / "page.html").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("trails = 5", "trails is not an option of any command. Did you mean trials?"),
        ("[serach]\ntrials = 5", "serach is not an option of any command. Did you mean search?"),
        ("[search]\ntrails = 5", "trails is not an option of tunebench search. Did you mean trials?"),
        ("[train]\ntuner = 'grid'", "tuner is not an option of tunebench train."),
        ("[search]\ntrials = 0", "search.trials = 0 is not valid. Expected a whole number of at least 1."),
        ("precision = 'half'", "precision = 'half' is not valid. Expected one of float32"),
        ("prune = 'no'", "prune = 'no' is not valid. Expected True or False."),
        ("set = 'units=5'", "set = 'units=5' is not valid. Expected a table, such as {units = 256}."),
        ("search = 5", "search = 5 is not valid. Expected a table, [search]."),
        ("fresh = true", "fresh cannot be set in a file. Remove it; --fresh works on the command line."),
        ("[compare]\nyes = true", "yes cannot be set in a file."),
        ("trials = ", "tunebench.toml is not TOML: Invalid value"),
        ("trials = 1\ntrials = 2", "tunebench.toml is not TOML: Cannot overwrite a value"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, content: str, message: str, capsys: Capture) -> None:
    """It names the file, the key and the closest option, whichever command runs."""
    (folder / "tunebench.toml").write_text(content)
    with pytest.raises(SystemExit) as ended:
        main(["spaces"])
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: tunebench.toml")
    assert message in line


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"name = '\xff'", "is not TOML: 'utf-8' codec"),
        (b"a = " + 10**5 * b"[", "is not TOML"),
        (b" " * 2 * 10**6, "is not a file of at most 1 MB"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(
    folder: Path, content: bytes | None, message: str, capsys: Capture
) -> None:
    """A file that was named has to exist."""
    if content is not None:
        (folder / "mine.toml").write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["--config", "mine.toml", "spaces"])
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


def test_the_documents_example_is_valid(folder: Path) -> None:
    """Each of its values reaches its command."""
    (example,) = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    (folder / "tunebench.toml").write_text(example)
    given = _given("search", "cnn1")
    assert (given["dataset"], given["trials"], given["patience"]) == ("digits", 2, None)
    assert _given("compare")["gallery"] is False


def test_a_pipe_is_not_read(folder: Path, capsys: Capture) -> None:
    """It would wait for a writer."""
    os.mkfifo(folder / "tunebench.toml")
    with pytest.raises(SystemExit):
        main(["--config", "tunebench.toml", "spaces"])
    assert "is not a file of at most 1 MB" in capsys.readouterr().err
