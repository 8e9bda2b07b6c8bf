"""The command, as a user runs it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.synthetic_runs import FOUR, write_runs


def run(
    *arguments: str | Path, code: str = "from tunebench.cli import main; main()"
) -> subprocess.CompletedProcess[str]:
    """Run ``tunebench compare`` in a process of its own."""
    command = [sys.executable, "-c", code, "compare", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_answer_on_standard_output_and_the_page_beside_it(tmp_path: Path) -> None:
    """The words, the table and the way to the page."""
    write_runs(tmp_path / "runs")
    done = run("--runs-dir", tmp_path / "runs", "--out", tmp_path / "page.html")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "Most accurate      mobilenet_v2: 88.4" in done.stdout
    assert "mobilenet_v2 is 27.0 points better than cnn3" in done.stdout
    assert done.stdout.rstrip().endswith(str(tmp_path / "page.html"))
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "page.html", "page.json", "page.csv"}


def test_json_on_standard_output_equals_the_file(tmp_path: Path) -> None:
    """A script would have to pick the figures out of words."""
    folders = write_runs(tmp_path / "runs")
    done = run(*folders[2:], "--json", "--out", tmp_path / "page.html")
    document = json.loads(done.stdout)
    assert document == json.loads((tmp_path / "page.json").read_text())
    assert [model["model"] for model in document["sections"][0]["models"]] == ["mobilenet_v2", "cnn3"]


def test_damaged_runs_are_warned_of_and_the_rest_compared(tmp_path: Path) -> None:
    """One damaged run would end the command."""
    folders = write_runs(tmp_path / "runs")
    (folders[0] / "run.json").write_text("{")
    done = run("--runs-dir", tmp_path / "runs", "--out", tmp_path / "page.html")
    assert done.returncode == 0
    assert done.stderr.startswith("Warning: ")
    assert done.stderr.count("\n") == 1
    assert "cnn1" not in done.stdout


def test_no_runs_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    """A newcomer who compares first would get a traceback."""
    for arguments in (["--runs-dir", tmp_path / "nowhere"], ["--runs-dir", tmp_path], [tmp_path / "nowhere"]):
        done = run(*arguments, "--out", tmp_path / "page.html")
        assert done.returncode == 1
        assert done.stdout == ""
        assert done.stderr.startswith("Error: ")
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_escape_sequences_in_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """A run that someone sends would write over the reader's screen."""
    folder = write_runs(tmp_path / "runs", FOUR[:1])[0]
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "name": "\x1b[2J\x1b[31mgone", "summary": "\x07"}))
    done = run("--runs-dir", tmp_path / "runs", "--out", tmp_path / "page.html")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "gone" in done.stdout


def test_nothing_heavy_is_imported(tmp_path: Path) -> None:
    """Comparing takes a second; importing TensorFlow takes ten, scikit-learn another."""
    write_runs(tmp_path / "runs", [replace(model, trials=40) for model in FOUR[:2]])
    code = (
        "import sys\n"
        "from tunebench.cli import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    heavy = {'tensorflow', 'keras', 'keras_tuner', 'sklearn', 'scipy'} & set(sys.modules)\n"
        "    assert not heavy, heavy\n"
    )
    done = run("--runs-dir", tmp_path / "runs", "--out", tmp_path / "page.html", code=code)
    assert done.returncode == 0, done.stderr
    assert "Hyperparameter importance" in (tmp_path / "page.html").read_text(encoding="utf-8")
