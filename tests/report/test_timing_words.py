"""What stands beside times that were taken again, on the page and in the terminal."""

import json
from pathlib import Path

import pytest

from tests.synthetic_runs import write_runs
from tests.synthetic_timings import time_again
from tunebench.report import Report, compare, markdown, terminal

EARLIER = "2026-11-20T10:00:00+01:00"


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """The four models' runs."""
    return write_runs(tmp_path / "runs")


def _report(folders: list[Path]) -> Report:
    return compare(folders, folders[0], folders[0].parents[2] / "page.html", gallery=False)


def _everywhere(report: Report) -> list[str]:
    shown = (
        report.page.read_text(encoding="utf-8"),
        terminal.text(report.comparison),
        markdown.text(report.comparison).replace("\\", ""),
    )
    return [" ".join(text.split()) for text in shown]


def test_how_often_when_and_where(folders: list[Path]) -> None:
    """A reader could not tell which times can be trusted."""
    for folder in folders:
        time_again(folder, [5.0, 6.0, 7.0])
    for text in _everywhere(_report(folders)):
        assert "Timed again on 25 Nov 2026: three repeats of each model, in turns, on 2 CPU cores." in text
        assert "side by side" not in text


def test_an_interrupted_session_says_how_many_repeats_each_model_has(folders: list[Path]) -> None:
    """Two repeats would pass for three."""
    for number, folder in enumerate(folders):
        time_again(folder, [5.0, 6.0] if number else [5.0, 6.0, 7.0])
    page, *_ = _everywhere(_report(folders))
    assert "two to three repeats of each model" in page
    assert "Fewer than three repeats of some models" in page


def test_times_of_different_sessions_are_said_to_be(folders: list[Path]) -> None:
    """Times of a busy day and of a quiet one would be compared as if they were equal."""
    time_again(folders[0], [5.0, 6.0, 7.0])
    time_again(folders[1], [5.0, 6.0, 7.0], started_at=EARLIER)
    for text in _everywhere(_report(folders)):
        assert "Not timed side by side" in text
        assert "cnn1 again on 25 Nov 2026" in text
        assert "cnn2 again on 20 Nov 2026" in text
        assert "mobilenet_v2 and cnn3 when trained" in text
        assert "Timed again on" not in text


def test_nothing_is_said_of_runs_that_were_not_timed_again(folders: list[Path]) -> None:
    """A sentence without a message."""
    for text in _everywhere(_report(folders)):
        assert "imed again" not in text
        assert "side by side" not in text


def test_times_of_different_machines_can_be_taken_again(folders: list[Path]) -> None:
    """A reader would be told what is wrong and not how to mend it."""
    time_again(folders[0], [5.0, 6.0, 7.0], device="GPU: one")
    for text in _everywhere(_report(folders))[:2]:
        assert "time the winners again on one machine: `tunebench compare --retime 3`." in text
    (folders[0] / "timing.json").unlink()
    for text in _everywhere(_report(folders)):
        assert "--retime" not in text


def test_one_model_takes_no_turns(folders: list[Path]) -> None:
    """A model alone has nobody to take turns with."""
    time_again(folders[0], [5.0])
    page, *_ = _everywhere(_report(folders[:1]))
    assert "Timed again on 25 Nov 2026: one repeat, on 2 CPU cores." in page


def test_the_figures_say_how_often_and_when(folders: list[Path]) -> None:
    """A script could not tell new times from old ones."""
    time_again(folders[0], [5.0, 7.0], device="GPU: one")
    report = _report(folders)
    (section,) = json.loads(report.json.read_text())["sections"]
    assert section["timed_again"] == {"cnn1": {"started_at": "2026-11-25T10:00:00+01:00", "repeats": 2}}
    row = report.table.set_index("model").loc["cnn1"]
    assert list(row[["train_seconds", "prefix_seconds", "device"]]) == [6.0, 3.0, "GPU: one"]


def test_the_page_says_what_timed_it(folders: list[Path]) -> None:
    """Times that another Keras took would have no provenance."""
    time_again(folders[0], [5.0, 7.0], device="GPU: one")
    page, *_ = _everywhere(_report(folders))
    assert "seeds 0, 1; GPU: one, 2 CPU cores, Linux" in page
