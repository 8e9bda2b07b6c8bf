"""The page, the JSON and the CSV of a comparison."""

import base64
import csv
import io
import itertools
import json
import os
import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from tests.strategies import HOSTILE
from tests.synthetic_report import section_of, write_report
from tests.synthetic_runs import FOUR, Data, Model, write_run, write_runs
from tunebench.comparison import compare_runs
from tunebench.errors import RunError, RunFolderError
from tunebench.report import Report, charts, write
from tunebench.report.main_chart import chart_notes
from tunebench.report.model_view import model_view
from tunebench.runs import select_runs


class Page(HTMLParser):
    """A parsed page: its text, its elements and its scripts."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.scripts: list[str] = []
        self._inside: str | None = None
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the element."""
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in {"script", "style"} else None
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave a script or style element."""
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        """Collect the text."""
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside is None:
            self.text += data

    @property
    def data(self) -> Any:
        """The embedded JSON."""
        return json.loads(self.scripts[0])


@pytest.fixture(scope="module")
def page(report: Report) -> Page:
    """The page of the four models."""
    return Page(report.page.read_text(encoding="utf-8"))


def test_the_three_files_hold_the_same_figures(report: Report, page: Page) -> None:
    """JSON file, embedded JSON, CSV and pandas table agree."""
    document = json.loads(report.json.read_text())
    assert page.data == document
    rows = list(csv.DictReader(io.StringIO(report.csv.read_text())))
    models = [model for section in document["sections"] for model in section["models"]]
    assert rows == [
        {key: "" if value is None else str(value) for key, value in model.items()} for model in models
    ]
    pd.testing.assert_frame_equal(report.table, pd.DataFrame(models))


def test_the_answer_is_on_the_page(page: Page) -> None:
    """The page names the recommended models and undecided differences."""
    text = " ".join(page.text.split())
    assert re.search(r"Most accurate mobilenet_v2 88\.4.% \[86\.3 to 90\.2\] trained in 55.s", text)
    assert "From the fastest model to the best: cnn1" in text
    assert "cnn3 and cnn2 cannot be distinguished on these images" in text


def test_every_reference_leads_somewhere(page: Page) -> None:
    """Identifiers are unique, and every link, label and clip path refers to one."""
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for _, attributes in page.elements:
        references = (attributes.get("aria-labelledby") or "").split()
        references += (attributes.get("aria-describedby") or "").split()
        if (attributes.get("href") or "").startswith("#"):
            references.append((attributes["href"] or "")[1:])
        references += re.findall(r"url\(#([^)]+)\)", attributes.get("clip-path") or "")
        assert set(references) <= set(identifiers)


def test_nothing_is_requested_from_the_network(page: Page) -> None:
    """No attribute or style refers to another file or host."""
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "data"):
            target = attributes.get(name) or ""
            assert target.startswith(("#", "data:")) or not target, (tag, target)
    style = "".join(re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL))
    assert "http" not in style
    assert "@import" not in style


def test_every_chart_has_a_name_and_a_description(page: Page) -> None:
    """Screen readers get a short name and a separate description of each chart."""
    charts = [attributes for tag, attributes in page.elements if tag == "svg"]
    # Two main charts, then learning curves and trials of each model.
    assert len(charts) == 2 + 2 * 4
    assert all(attributes["aria-labelledby"] for attributes in charts)
    assert not [attributes for attributes in charts if "-desc" in (attributes["aria-labelledby"] or "")]
    assert all(attributes["aria-describedby"] for attributes in charts)
    assert "<desc" in page.source


def test_points_are_links_with_their_figures(page: Page) -> None:
    """Each point of both main charts is a link whose name gives its figures."""
    points = [
        attributes for tag, attributes in page.elements if tag == "a" and attributes.get("class") == "point"
    ]
    assert len(points) == 2 * 4
    assert (points[0]["aria-label"] or "").startswith("mobilenet_v2; accuracy 88.4 ± 0.1")


def test_charts_use_the_pages_colours_and_fonts(page: Page) -> None:
    """Charts contain CSS variables instead of colours, and text in the page's font."""
    for chart in re.findall(r"<svg.*?</svg>", page.source, re.DOTALL):
        assert "var(--accent)" in chart
        assert not re.search(r"#[0-9a-f]{6}\b", chart), "a colour that is not a variable"
        assert "font-family" not in chart
        assert "<text" in chart


def test_published_figures_are_shown_for_cifar10_only(tmp_path: Path, page: Page) -> None:
    """The published comparison appears on pages of its own data set."""
    assert "Published comparison" in page.text
    notes = chart_notes(section_of(tmp_path, FOUR[:1], Data(name="digits")))
    assert not any("Published comparison" in note for note in notes)


def test_hostile_text_is_shown_and_never_run(tmp_path: Path) -> None:
    """Hostile names and texts of a run appear as text, on the page and in CSV."""
    for number, text in enumerate(HOSTILE):
        model = Model(name=text, summary=text, accuracy=0.5, seconds=5, seeds=1, device=text, precision=text)
        model.hyperparameters[text] = text
        data = Data(name=HOSTILE[number % 3], test_size=100, class_names=(*HOSTILE, "z"))
        write_run(tmp_path / "runs" / str(number), model, data)
    written = write_report(tmp_path / "runs")
    page = Page(written.page.read_text(encoding="utf-8"))
    tags = {tag for tag, _ in page.elements}
    assert "img" not in tags
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert len(page.scripts) == 2
    assert page.data == json.loads(written.json.read_text())
    for text in HOSTILE:
        visible = re.sub(r"[\x00-\x1f\u2028\u202e\ufffe\uffff]", "\N{REPLACEMENT CHARACTER}", text)
        assert visible in page.text
    for row in csv.DictReader(io.StringIO(written.csv.read_text())):
        assert not row["model"].startswith("=")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows such names")
def test_folder_names_that_are_not_valid_unicode(tmp_path: Path) -> None:
    """Invalid bytes of a folder's name are replaced in all files."""
    for name in (b"caf\xe9", b"tea"):
        write_runs(tmp_path / os.fsdecode(name), FOUR[:1])
    written = write(select_runs([], tmp_path), tmp_path / "page.html")
    assert "cnn1 (caf\N{REPLACEMENT CHARACTER}/cifar10/cnn1)" in written.csv.read_text()
    assert json.loads(written.json.read_text()) == Page(written.page.read_text()).data


def test_equal_times_of_all_seeds(tmp_path: Path) -> None:
    """Rounding of the mean of equal times gives no negative error bar."""
    folder = write_run(tmp_path / "cnn1", FOUR[0])
    record = json.loads((folder / "run.json").read_text())
    for seconds in (0.1, 1.1, 2.3, 4.35, 1e11 / 3):
        for final in record["finals"]:
            final["train_seconds"] = seconds
        (folder / "run.json").write_text(json.dumps(record))
        (section,) = compare_runs(select_runs([folder], tmp_path)).sections
        assert charts.accuracy_against_time(section).axes


def test_problems_are_on_the_page(tmp_path: Path) -> None:
    """Unreadable runs and predictions are listed on the page."""
    folders = write_runs(tmp_path / "runs", FOUR[:2])
    (folders[0] / "run.json").write_text("{")
    (folders[1] / "predictions-0.npz").write_bytes(b"")
    written = write_report(tmp_path / "runs")
    text = Page(written.page.read_text()).text
    assert "Left out, unreadable or unfinished" in text
    assert "not a readable RunRecord" in text
    assert "predictions-0.npz is damaged" in text


def test_each_data_set_has_its_own_section(tmp_path: Path) -> None:
    """Two data sets give two sections, with headings in order; so do two sizes of one data set."""
    write_runs(tmp_path / "runs", FOUR[:2])
    write_runs(tmp_path / "runs", FOUR[:1], Data(name="digits"))
    written = write_report(tmp_path / "runs")
    page = Page(written.page.read_text())
    headings = [tag for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == "h1"
    assert all(int(later[1]) - int(earlier[1]) <= 1 for earlier, later in itertools.pairwise(headings))
    assert len(written.table) == 3
    assert "<h1>2 data sets</h1>" in written.page.read_text()
    write_runs(tmp_path / "sizes", FOUR[:1], Data(name="digits"))
    write_run(tmp_path / "sizes" / "few" / "cnn1", FOUR[0], Data(name="digits", train_size=400))
    assert "<h1>Digits: 2 sets of images</h1>" in write_report(tmp_path / "sizes").page.read_text()


def test_a_single_baseline_gives_a_page(tmp_path: Path) -> None:
    """One run with one seed and neither search nor history gives a page."""
    model = Model(name="only", accuracy=0.5, seconds=5, seeds=1, tuned=False)
    folder = write_run(tmp_path / "runs" / "only", model)
    record = json.loads((folder / "run.json").read_text())
    record["finals"][0]["history"] = {}
    record["finals"][0]["train_seconds"] = 0
    (folder / "run.json").write_text(json.dumps(record))
    text = Page(write_report(tmp_path / "runs").page.read_text()).text
    assert "No history was recorded" in text
    assert "not tuned" in text


def test_the_folder_is_created_and_the_name_is_checked(tmp_path: Path) -> None:
    """Missing folders are created; a name that is not an HTML file's is refused."""
    write_runs(tmp_path / "runs", FOUR[:1])
    selection = select_runs([], tmp_path / "runs")
    assert write(selection, tmp_path / "a" / "b" / "page.htm").json.name == "page.json"
    with pytest.raises(RunFolderError, match=r"ends in \.html"):
        write(selection, tmp_path / "page.json")


def test_a_report_does_not_overwrite_a_run(tmp_path: Path) -> None:
    """A page named run.html, whose JSON would overwrite a run's record, is refused."""
    (folder,) = write_runs(tmp_path / "runs", FOUR[:1])
    before = (folder / "run.json").read_bytes()
    with pytest.raises(RunFolderError, match=r"named run\.json"):
        write(select_runs([folder], folder), folder / "run.html")
    assert (folder / "run.json").read_bytes() == before
    assert not (folder / "run.html").exists()


def test_pairs_are_sorted_by_their_figures(page: Page, report: Report) -> None:
    """The sort keys of the pairwise table are numbers."""
    table = page.source.split('aria-label="Pairwise differences"')[1].split("</table>")[0]
    keys = [float(key) for key in re.findall(r'data-sort="([^"]*)"', table)]
    pairs = report.comparison.sections[0].pairs
    assert keys[::3] == pytest.approx([pair.difference for pair in pairs], rel=1e-5)
    assert keys[2::3] == pytest.approx([pair.p_adjusted or 0 for pair in pairs], abs=1e-6)


def test_a_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """An error names the folder that cannot be created."""
    write_runs(tmp_path / "runs", FOUR[:1])
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="is a file or a broken link, but a folder was expected"):
        write(select_runs([], tmp_path / "runs"), tmp_path / "file" / "page.html")


def test_the_gallery_is_one_image_per_model_and_can_be_left_out(report: Report, page: Page) -> None:
    """The most confident errors of a model share one PNG; without a gallery there is none."""
    sprites = re.findall(r"--sprite:url\(data:image/png;base64,([\w+/=]+)\)", page.source)
    assert len(sprites) == 4
    with Image.open(io.BytesIO(base64.b64decode(sprites[0]))) as sprite:
        assert sprite.size == (16 * 8, 8)
    assert len(re.findall(r'class="thumb"', page.source)) == 4 * 16
    assert re.search(r"predicted as \w+, \d+\s% confident", page.text)
    model = report.comparison.sections[0].models[0]
    assert model_view(model, "m", {}, in_full=True, gallery=False).gallery is None


def test_pairs_are_a_table(report: Report) -> None:
    """All pairs are available as a pandas table."""
    assert len(report.pairs) == 6
    assert {"better", "worse", "difference", "p_adjusted", "verdict"} <= set(report.pairs.columns)
