"""A study on the page, as Markdown, as JSON and in the terminal."""

import html
import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from markupsafe import escape

from tests.synthetic_runs import CIFAR10
from tests.synthetic_study import complete, made, study_of, two, write_synthetic_study
from tests.synthetic_timings import time_again
from tunebench.comparison import compare_runs
from tunebench.report import charts, markdown, terminal, write
from tunebench.report.study_view import heads, reference_rows
from tunebench.runs import select_runs
from tunebench.runs.study_record import StudyFolder, read_study, write_study

A, B = r"−?\d+\.\d", r"\(−?\d+\.\d to −?\d+\.\d\)"


def test_published_figures_stand_beside_runs_on_the_same_data_set_only(tmp_path: Path) -> None:
    """Layers and epochs are those of the reference models."""
    references = [
        made("cnn1", "reference", 0.5, summary="One convolution (reference model 1)."),
        made("mobilenet_v2", "reference", 0.8),
    ]
    first, last = reference_rows(study_of(tmp_path, references, data=CIFAR10))
    assert (first.layers, first.published_accuracy, first.published_seconds) == (
        "One convolution",
        "58.00\u202f%",
        "29.4\u202fs",
    )
    assert (last.published_accuracy, last.published_seconds) == ("81.35\u202f%", "89.8\u202fs")
    other = reference_rows(study_of(tmp_path / "other", references))
    assert [row.published_accuracy for row in other] == ["", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete study of CIFAR-10, with a hostile name."""
    runs = [*complete(), made("<b>", "reference", 0.5)]
    data = replace(CIFAR10, test_size=400)
    return write_synthetic_study(tmp_path_factory.mktemp("study"), runs, data)


def test_page_markdown_json_and_terminal_say_the_same(folder: Path) -> None:
    """Each answer is in all four; the page has the published table, and its names are escaped."""
    report = write(select_runs([folder], folder), folder.parent / "page.html")
    page, document = report.page.read_text(), json.loads(report.json.read_text())
    (study,) = document["studies"]
    shown = {
        "page": re.sub(r"\s+", " ", re.sub(r"</?bdi[^>]*>", "", page)),
        "markdown": markdown.text(report.comparison).replace("**", "").replace("\\", ""),
        "terminal": terminal.text(report.comparison),
    }
    for each in [*study["questions"], *study["remarks"]]:
        for name, text in shown.items():
            assert re.sub(r"\s+", " ", each["answer"]) in re.sub(r"\s+", " ", text), (name, each["answer"])
    assert "Published accuracy" in page
    assert "<b>" not in page
    assert study["questions"][0]["changes"][0].keys() >= {
        "difference",
        "interval",
        "established",
        "time_ratio",
    }
    assert study["power_laws"][0]["established"] is True


def test_the_commands_of_a_study_are_listed(tmp_path: Path) -> None:
    """Each that made a run or timed one again, once, in their order; hostile ones are escaped."""
    folder = write_synthetic_study(tmp_path, two(0.6, 0.7))
    first, later = (f"tunebench study --only {part} '<b>'" for part in ("reference", "augmentation"))
    for role, command, day in (("augmented", first, 24), ("plain", later, 25)):
        record = folder / f"cnn3-{role}" / "run.json"
        made_by = {"command": command, "started_at": f"2026-11-{day}T09:00:00+01:00"}
        record.write_text(json.dumps(json.loads(record.read_text()) | made_by))
        again = f"tunebench compare {folder} --retime 3"
        time_again(record.parent, [3.0], started_at="2026-11-26T09:00:00+01:00", command=again)
    report = write(select_runs([folder], tmp_path), tmp_path / "page.html")
    (study,) = json.loads(report.json.read_text())["studies"]
    assert study["commands"] == [first, later, again]
    page = re.sub(r'<span class="option">(.*?)</span>', r"\1", report.page.read_text())
    places = [page.index(f"<code><bdi>{escape(each)}</bdi></code>") for each in study["commands"]]
    assert places == sorted(places)
    # Earlier versions did not keep that of a timing.
    time_again(record.parent, [3.0])
    (old,) = compare_runs(select_runs([folder], tmp_path)).studies
    assert old.commands == (first, later, again)


def test_columns_say_what_they_compare(folder: Path) -> None:
    """On the page and in Markdown, by the question."""
    report = write(select_runs([folder], folder), folder.parent / "heads.html")
    page = html.unescape(report.page.read_text())
    markdown_heads = [line for line in markdown.text(report.comparison).splitlines() if "Verdict" in line]
    (study,) = report.comparison.studies
    assert len(markdown_heads) == len(study.questions)
    for question, line in zip(study.questions, markdown_heads, strict=True):
        assert line == f"| {' | '.join(heads(question))} |"
        assert all(f">{head}</th>" in page for head in heads(question))
    found = {question.topic: heads(question)[:3] for question in study.questions}
    assert found["data"] == ("Model", "Accuracy on 1,600 images", "Accuracy on 4,000 images")
    assert found["tuners"] == ("Tuner", "Accuracy by random search", "Accuracy by this tuner")
    assert not re.search(r">(Before|After)<", page)


def test_no_option_breaks_at_its_hyphens(folder: Path) -> None:
    """Each stands in an element that keeps it on one line; of an unfinished study, one is in a caveat."""
    planned = read_study(folder)
    assert planned is not None
    one, *_ = planned.record.runs
    more = replace(planned.record, runs=[*planned.record.runs, replace(one, name="unfinished")])
    write_study(StudyFolder(folder, more))
    page = write(select_runs([folder], folder), folder.parent / "options.html").page.read_text()
    write_study(planned)
    assert '<span class="option">--only</span>' in page
    page = re.sub(r'<span class="option">--[a-z-]+</span>', "", page)
    page = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert not re.search(r"--[a-z]", page)


def test_the_answers_come_before_the_models_and_their_details(folder: Path) -> None:
    """One first heading, and what the CSV file holds is said."""
    page = write(select_runs([folder], folder), folder.parent / "order.html").page.read_text()
    order = ["what helps?</h1>", "The reference models</h2>", "Does a search help?</h2>", ": the models</h2>"]
    places = [page.index(each) for each in order]
    assert places == sorted(places)
    assert page.count("<h1") == 1
    assert (
        "the CSV file next to it holds the models&#39; figures" in page or "holds the models' figures" in page
    )


@pytest.mark.parametrize("width", [620, 330])
@pytest.mark.parametrize("seconds", [0.02, 1.0, 5.0, 9.5, 10.0, 14.0, 19.0, 66.0, 3000.0])
def test_the_axis_of_training_times_has_several_labels_and_room_for_each_marker(
    tmp_path: Path, width: int, seconds: float
) -> None:
    """Whatever the ratio."""
    _, time = charts.changes(study_of(tmp_path, two(0.7, 0.7, seconds)).questions[0].changes, width).axes
    low, high = time.get_xlim()
    ticks = [tick for tick in time.get_xticks() if low <= tick <= high]
    assert len(ticks) > 1
    places = [time.transData.transform((tick, 0))[0] for tick in ticks]
    assert min(b - a for a, b in pairwise(places)) > 20
    for line in time.lines:
        if line.get_marker() == "o":
            assert not line.get_clip_on()
            (place,) = np.asarray(line.get_xdata(), dtype=np.float64)
            assert low < place < high
