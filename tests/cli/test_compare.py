"""``tunebench compare``."""

import json
import shutil
from pathlib import Path

import pytest

from tests.synthetic_runs import FOUR, write_runs
from tunebench.cli.main import main

Capture = pytest.CaptureFixture[str]


def compare(tmp_path: Path, *arguments: str | Path) -> None:
    """Run ``tunebench compare``."""
    places = ["--runs-dir", str(tmp_path / "runs"), "--out", str(tmp_path / "page.html")]
    main(["compare", *map(str, arguments), *places])


def test_the_answer_is_printed_and_the_page_written(tmp_path: Path, capsys: Capture) -> None:
    """Standard output has the answer and the page's path; JSON and CSV files are beside the page."""
    write_runs(tmp_path / "runs")
    compare(tmp_path)
    printed = capsys.readouterr()
    assert printed.err == ""
    assert "Most accurate  mobilenet_v2: 88.4" in printed.out
    assert "mobilenet_v2 is 27.0 points better than cnn3" in printed.out
    assert printed.out.rstrip().endswith(str(tmp_path / "page.html"))
    assert {path.name for path in tmp_path.iterdir()} == {"runs", "page.html", "page.json", "page.csv"}


def test_json_on_standard_output_equals_the_file(tmp_path: Path, capsys: Capture) -> None:
    """Only the named runs are compared."""
    folders = write_runs(tmp_path / "runs")
    compare(tmp_path, *folders[2:], "--json")
    document = json.loads(capsys.readouterr().out)
    assert document == json.loads((tmp_path / "page.json").read_text())
    assert [model["model"] for model in document["sections"][0]["models"]] == ["mobilenet_v2", "cnn3"]


def test_a_damaged_run_gives_a_warning_and_the_others_are_compared(tmp_path: Path, capsys: Capture) -> None:
    """The warning is one line on standard error."""
    folders = write_runs(tmp_path / "runs")
    (folders[0] / "run.json").write_text("{")
    compare(tmp_path)
    printed = capsys.readouterr()
    assert printed.err.startswith("Warning: ")
    assert printed.err.count("\n") == 1
    assert "cnn1" not in printed.out
    assert "cnn3" in printed.out


def test_escape_sequences_in_a_name_are_not_printed(tmp_path: Path, capsys: Capture) -> None:
    """A run of another user cannot control the reader's terminal."""
    folder = write_runs(tmp_path / "runs", FOUR[:1])[0]
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**record, "name": "\x1b[2J\x1b[31mgone", "summary": "\x07"}))
    for style in ("text", "json", "csv", "markdown"):
        compare(tmp_path, "--format", style)
        printed = capsys.readouterr().out
        assert "\x1b" not in printed
        assert "gone" in printed
    (trial, *_) = (folder / "trials.jsonl").read_bytes().splitlines()
    (folder / "trials.jsonl").write_bytes(trial.replace(b"optimizer", b"\\u001b[31m\\u009b2J") + b"\n")
    (folder / "run.json").unlink()
    for style in ("table", "json", "csv", "markdown"):
        main(["show", str(folder), "--format", style])
        printed = "".join(capsys.readouterr())
        assert {"\x1b", "\x9b"}.isdisjoint(printed)
    assert "[31m" in printed


@pytest.mark.parametrize("out", ["new/reports/page.html", "runs/page.html"])
def test_a_refused_comparison_leaves_no_folder(tmp_path: Path, capsys: Capture, out: str) -> None:
    """The folder of the page is created with the page, and one that was there stays."""
    (tmp_path / "runs").mkdir()
    with pytest.raises(SystemExit):
        main(["compare", "--runs-dir", str(tmp_path / "runs"), "--out", str(tmp_path / out)])
    assert "has no finished run" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["runs"]


def test_an_unfinished_search_is_named_outside_the_table(tmp_path: Path, capsys: Capture) -> None:
    """With its trials and the best score so far; if there is nothing else, that is the error."""
    folders = write_runs(tmp_path / "runs")
    (folders[0] / "run.json").unlink()
    expected = f"{folders[0]} is not finished: 8 trials so far, best validation accuracy 0."
    compare(tmp_path)
    printed = capsys.readouterr()
    assert printed.err.startswith(f"Warning: {expected}")
    assert folders[0].name not in printed.out
    for folder in folders[1:]:
        shutil.rmtree(folder)
    for named in ([], folders[:1]):
        with pytest.raises(SystemExit):
            compare(tmp_path, *named)
        assert expected in capsys.readouterr().err


@pytest.mark.parametrize("name", ["search.html", "package.html", "mine.html"])
def test_files_that_are_no_report_are_not_overwritten(tmp_path: Path, capsys: Capture, name: str) -> None:
    """Neither a run's, nor the user's; a report is, whatever its reader has added."""
    write_runs(tmp_path / "runs", FOUR[:1])
    page = tmp_path / name
    others = [page] if name == "mine.html" else [page.with_suffix(".json"), page.with_suffix(".csv")]
    for path in others:
        path.write_text("mine")
        with pytest.raises(SystemExit):
            main(["compare", "--runs-dir", str(tmp_path / "runs"), "--out", str(page)])
        assert f"{path} exists and is not of an earlier report" in capsys.readouterr().err
        assert path.read_text() == "mine"
        path.unlink()
    for _ in range(2 if name == "mine.html" else 1):
        main(["compare", "--runs-dir", str(tmp_path / "runs"), "--out", str(page)])
    for path in (page.with_suffix(".json"), page.with_suffix(".csv"), page):
        path.write_text("<title>mine · tunebench</title>")
        with pytest.raises(SystemExit):
            main(["compare", "--runs-dir", str(tmp_path / "runs"), "--out", str(page)])
        path.unlink()
