"""A run and a comparison in a notebook."""

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.strategies import HOSTILE
from tests.synthetic_runs import FOUR, Model, write_run
from tunebench.report import Report
from tunebench.report.notebook import run_html
from tunebench.runs import read_run


class _Parsed(HTMLParser):
    """The elements and the text of HTML."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.open: list[str] = []
        self.text = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the element; only styles are set."""
        assert {name for name, _ in attrs} <= {"style", "class"}
        self.elements.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every element is closed in its turn."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect the text."""
        self.text += data


HARMLESS = {"div", "p", "ul", "li", "strong", "small", "code", "bdi", "br", "table", "tr", "th", "td"}


def test_a_run_shows_what_it_reached(tmp_path: Path) -> None:
    """Data, accuracy with its interval, time, best hyperparameters, and the best trials first."""
    model = Model(name="cnn1", accuracy=0.6, seconds=5, trials=12)
    run = read_run(write_run(tmp_path / "cnn1", model))
    shown = _Parsed(run_html(run))
    assert (
        "cnn1 on CIFAR-10: 4,000 training images, 1,000 test images. Random search: 12 trials" in shown.text
    )
    for text in ("60.1 ±", " to ", "Training time", "filters_1=64", "batch_norm=yes", str(run.folder)):
        assert text in shown.text
    assert "Relative" not in shown.text
    assert "The best 10 of 12 trials; run.trials has all" in shown.text
    best = max(trial.score or 0 for trial in run.trial_records)
    scores = [text for text in shown.text.split() if text.startswith("0.") and len(text) == len("0.5000")]
    assert scores[0] == f"{best:.4f}"
    assert not shown.open
    assert shown.elements == HARMLESS - {"ul", "li", "bdi"} | {"details", "summary"}


def test_a_baseline_has_no_trials(tmp_path: Path) -> None:
    """It says that it was not tuned."""
    run = read_run(write_run(tmp_path / "cnn1", Model(name="cnn1", accuracy=0.6, seconds=5, tuned=False)))
    shown = _Parsed(run_html(run))
    assert "Not tuned" in shown.text
    assert "details" not in shown.elements


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    """A run whose files are damaged still shows its record, and says what is missing."""
    run = read_run(write_run(tmp_path / "cnn1", Model(name="cnn1", accuracy=0.6, seconds=5)))
    (run.folder / "trials.jsonl").write_bytes(b"damaged\n")
    (run.folder / "predictions-1.npz").unlink()
    shown = _Parsed(run_html(run))
    assert "60.1 ±" in shown.text
    assert "predictions-1.npz" in shown.text
    assert "details" not in shown.elements


@pytest.mark.parametrize("text", HOSTILE)
def test_names_are_text(tmp_path: Path, text: str) -> None:
    """Neither a run's name nor a hyperparameter's value becomes an element, or breaks a line."""
    model = Model(name=text, accuracy=0.6, seconds=5, summary=text, hyperparameters={text: text})
    run = read_run(write_run(tmp_path / "run", model))
    assert _Parsed(run_html(run)).elements <= HARMLESS | {"details", "summary"}
    assert repr(run).isprintable()


def test_a_comparison_shows_the_answer_and_its_models(report: Report) -> None:
    """As the page does, in a few lines; the page's path is beside them."""
    shown = _Parsed(report._repr_html_())
    assert "Most accurate: mobilenet_v2, 88.4" in shown.text
    assert all(model.name in shown.text for model in FOUR)
    assert str(report.page) in shown.text
    assert shown.elements == HARMLESS - {"code"}


def test_what_is_printed_is_short(report: Report) -> None:
    """At a prompt, a run and a report are one line that names them."""
    assert repr(report) == f"<Report {report.page}: 4 models>"
    run = report.comparison.sections[0].models[0].run
    assert repr(run) == f"<Run mobilenet_v2 on cifar10: test accuracy 88.4%, seeds 0, 1, 2, {run.folder}>"


def test_nothing_slow_is_imported(tmp_path: Path) -> None:
    """Showing a run needs no Keras."""
    folder = write_run(tmp_path / "cnn1", FOUR[0])
    program = (
        "import sys, tunebench; html = tunebench.load_run(sys.argv[1])._repr_html_(); assert 'cnn1' in html; "
        "assert not {'keras', 'tensorflow', 'IPython'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True)
