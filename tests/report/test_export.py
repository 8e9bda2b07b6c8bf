"""Exports: Markdown, trials in four formats, charts as files."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Literal

import pytest
from PIL import Image

from tests.strategies import HOSTILE
from tests.synthetic_runs import FOUR, Data, Model, write_run
from tunebench.comparison import compare_runs
from tunebench.report import Report, markdown, write_figures
from tunebench.report.trial_list import trials_text
from tunebench.runs import Run, read_run, select_runs


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A tuned run of seven trials, one of which failed."""
    return read_run(write_run(tmp_path / "cnn1", Model(name="cnn1", accuracy=0.6, seconds=5, trials=7)))


def test_markdown_has_the_answer_and_a_row_per_model(report: Report) -> None:
    """The Markdown gives the recommendations and a table of all models."""
    lines = markdown.text(report.comparison).splitlines()
    assert lines[0] == "### CIFAR-10"
    assert any(line.startswith("- Most accurate: **mobilenet\\_v2**, 88.4") for line in lines)
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + 4
    assert len({line.count("|") for line in table}) == 1


def test_markdown_escapes_names(tmp_path: Path) -> None:
    """Names with markup leave the table intact and give no HTML."""
    for number, text in enumerate((*HOSTILE, "a|b", "**bold** `code`")):
        write_run(tmp_path / str(number), Model(name=text, accuracy=0.5, seconds=5, seeds=1))
    lines = markdown.text(compare_runs(select_runs([], tmp_path))).splitlines()
    table = [line.replace("\\|", "") for line in lines if line.startswith("|")]
    assert len(table) == 2 + len(HOSTILE) + 2
    assert len({line.count("|") for line in table}) == 1
    assert "<script" not in "\n".join(lines).replace("\\<", "")


def test_markdown_mentions_no_users(tmp_path: Path) -> None:
    """An @ in a name does not notify GitHub users or teams."""
    write_run(tmp_path / "run", Model(name="@org/team", accuracy=0.5, seconds=5))
    text = markdown.text(compare_runs(select_runs([], tmp_path)))
    assert "@org" not in text
    assert "@\N{WORD JOINER}org/team" in text


def test_trials_as_csv_and_json_hold_every_value(run: Run) -> None:
    """Scores and hyperparameters are exported without rounding."""
    rows = list(csv.DictReader(io.StringIO(trials_text(run.trial_records, "csv"))))
    records: list[dict[str, Any]] = json.loads(trials_text(run.trial_records, "json"))
    assert len(rows) == len(records) == 7
    for row, record, trial in zip(rows, records, run.trial_records, strict=True):
        assert float(row["learning_rate"]) == trial.hyperparameters["learning_rate"]
        assert record["hyperparameters"] == trial.hyperparameters
        assert record["score"] == trial.score
        assert row["score"] == ("" if trial.score is None else str(trial.score))
        assert row["message"] == (trial.message or "")


def test_trials_as_tables(run: Run) -> None:
    """The text table is aligned; the Markdown table has the same number of cells in each row."""
    lines = trials_text(run.trial_records, "table").splitlines()
    assert len(lines) == 1 + 7
    column = lines[0].index("optimizer")
    assert all(line[column - 1] == " " and line[column] != " " for line in lines)
    table = trials_text(run.trial_records, "markdown").splitlines()
    assert len(table) == 2 + 7
    assert len({line.count("|") for line in table}) == 1


@pytest.mark.parametrize("style", ["table", "csv", "json", "markdown"])
def test_a_hyperparameter_named_like_a_column(tmp_path: Path, style: Literal["table", "csv"]) -> None:
    """A hyperparameter named score may hold text."""
    folder = write_run(tmp_path / "cnn1", Model(name="cnn1", accuracy=0.6, seconds=5, trials=2))
    lines = [json.loads(line) for line in (folder / "trials.jsonl").read_text().splitlines()]
    for line in lines:
        line["hyperparameters"] = {"score": "high", "seconds": "few"}
    (folder / "trials.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    assert "high" in trials_text(read_run(folder).trial_records, style)


def test_figures_are_svg_and_png_files(tmp_path: Path) -> None:
    """Every chart is written as SVG and PNG, inside the folder."""
    for model in FOUR[:2]:
        write_run(tmp_path / "runs" / model.name, model, Data(name="../up"))
    written = write_figures(compare_runs(select_runs([], tmp_path / "runs")), tmp_path / "figures")
    assert len(written) == 2 * (1 + 2 * 2)
    assert {path.parent for path in written} == {tmp_path / "figures"}
    for path in written:
        if path.suffix == ".png":
            with Image.open(path) as picture:
                assert min(picture.size) > 500
        else:
            assert "var(" not in path.read_text()
            assert "<text" in path.read_text()
