"""The page, the JSON and the CSV that a comparison leaves, from real folders."""

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

from tests.strategies import HOSTILE
from tests.synthetic_runs import FOUR, Data, Model, write_run, write_runs
from tunebench.errors import RunError, RunFolderError
from tunebench.report import Report, compare


class Page(HTMLParser):
    """What a test asks of a page: its text, its elements, its embedded JSON."""

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
        """Keep the element."""
        self.elements.append((tag, dict(attrs)))
        self._inside = tag if tag in {"script", "style"} else None
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leave it."""
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside is None:
            self.text += data

    @property
    def data(self) -> Any:
        """The embedded JSON."""
        return json.loads(self.scripts[0])


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The four models, compared."""
    folder = tmp_path_factory.mktemp("report")
    write_runs(folder / "runs")
    return compare([], folder / "runs", folder / "out" / "comparison.html")


@pytest.fixture(scope="module")
def page(report: Report) -> Page:
    """Its page."""
    return Page(report.page.read_text(encoding="utf-8"))


def test_the_three_files_hold_the_same_figures(report: Report, page: Page) -> None:
    """Someone who scripts on the JSON would get other figures than someone who reads the page."""
    document = json.loads(report.json.read_text())
    assert page.data == document
    rows = list(csv.DictReader(io.StringIO(report.csv.read_text())))
    models = [model for section in document["sections"] for model in section["models"]]
    assert rows == [
        {key: "" if value is None else str(value) for key, value in model.items()} for model in models
    ]
    pd.testing.assert_frame_equal(report.table, pd.DataFrame(models))


def test_the_answer_is_on_the_page(page: Page) -> None:
    """The first screen would not say which model to take."""
    text = " ".join(page.text.split())
    assert re.search(r"Most accurate mobilenet_v2 88\.4.% \[86\.3 to 90\.2\] trained in 55.s", text)
    assert "When time matters cnn3" in text
    assert "cnn3 and cnn2 cannot be told apart on these images" in text


def test_every_reference_leads_somewhere(page: Page) -> None:
    """A link, a label or a clip path that leads nowhere; or an identifier given twice."""
    identifiers = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for _, attributes in page.elements:
        references = (attributes.get("aria-labelledby") or "").split()
        references += (attributes.get("aria-describedby") or "").split()
        if (attributes.get("href") or "").startswith("#"):
            references.append((attributes["href"] or "")[1:])
        references += re.findall(r"url\(#([^)]+)\)", attributes.get("clip-path") or "")
        assert set(references) <= set(identifiers)


def test_nothing_is_asked_of_the_network(page: Page) -> None:
    """The page would not open on a train, and would tell others that it was opened."""
    for tag, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "action", "data"):
            target = attributes.get(name) or ""
            assert target.startswith(("#", "data:")) or not target, (tag, target)
    style = "".join(re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL))
    assert "http" not in style
    assert "@import" not in style


def test_every_picture_can_be_read_without_seeing_it(page: Page) -> None:
    """A screen reader would hear "graphic"."""
    pictures = [attributes for tag, attributes in page.elements if tag == "svg"]
    # Wide and narrow, then learning curves and trials of each model.
    assert len(pictures) == 2 + 2 * 4
    assert all(attributes["aria-labelledby"] for attributes in pictures)
    # The whole description as a name would be read before anything else can be done.
    assert not [attributes for attributes in pictures if "-desc" in (attributes["aria-labelledby"] or "")]
    assert all(attributes["aria-describedby"] for attributes in pictures)
    assert "<desc" in page.source


def test_points_are_links_that_say_their_figures(page: Page) -> None:
    """Neither hover nor focus nor a screen reader would tell a point from another."""
    points = [
        attributes for tag, attributes in page.elements if tag == "a" and attributes.get("class") == "point"
    ]
    assert len(points) == 2 * 4
    assert (points[0]["aria-label"] or "").startswith("mobilenet_v2; 88.4 ± 0.1")


def test_pictures_use_the_pages_colours_and_fonts(page: Page) -> None:
    """A picture in its own colours is unreadable on the dark page."""
    for picture in re.findall(r"<svg.*?</svg>", page.source, re.DOTALL):
        assert "var(--accent)" in picture
        assert not re.search(r"#[0-9a-f]{6}\b", picture), "a colour that is no variable"
        assert "font-family" not in picture
        assert "<text" in picture


def test_the_page_is_small(report: Report) -> None:
    """Four runs must not weigh on a mail."""
    assert report.page.stat().st_size < 300_000


def test_the_same_runs_give_the_same_page(report: Report, tmp_path: Path) -> None:
    """A page under version control would change without a reason."""
    again = compare(
        [run.run.folder for run in report.comparison.sections[0].models], tmp_path, tmp_path / "again.html"
    )
    assert again.page.read_bytes() == report.page.read_bytes()


def test_the_deck_is_a_reference_for_cifar10_only(tmp_path: Path, page: Page) -> None:
    """Another data set's models would be set against figures of CIFAR-10."""
    assert "Published elsewhere" in page.text
    write_runs(tmp_path / "runs", data=Data(name="digits"))
    other = compare([], tmp_path / "runs", tmp_path / "page.html")
    assert "Published elsewhere" not in other.page.read_text()


def test_hostile_text_is_shown_and_never_run(tmp_path: Path) -> None:
    """A run that someone sends would run its code in the reader's browser."""
    for number, text in enumerate(HOSTILE):
        model = Model(name=text, summary=text, accuracy=0.5, seconds=5, seeds=1, device=text, precision=text)
        model.hyperparameters[text] = text
        write_run(tmp_path / "runs" / str(number), model, Data(name=text, class_names=(text, "b", "c")))
        write_run(tmp_path / "runs" / f"{number}-same", model, Data(class_names=(*HOSTILE, "z")))
    written = compare([], tmp_path / "runs", tmp_path / "page.html")
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


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a name on disk is Unicode")
def test_a_folder_whose_name_is_no_unicode(tmp_path: Path) -> None:
    """The report could not be written, for the folder tells namesakes apart."""
    for name in (b"caf\xe9", b"tea"):
        write_runs(tmp_path / os.fsdecode(name), FOUR[:1])
    written = compare([], tmp_path, tmp_path / "page.html")
    assert "cnn1 (caf?/cifar10/cnn1)" in written.csv.read_text()
    assert json.loads(written.json.read_text()) == Page(written.page.read_text()).data


def test_equal_times_of_all_seeds(tmp_path: Path) -> None:
    """The mean of three equal figures may lie a rounding beside them: an error bar of negative length."""
    folder = write_run(tmp_path / "runs" / "cnn1", FOUR[0])
    for seconds in (0.1, 1.1, 2.3, 4.35, 1e11 / 3):
        record = json.loads((folder / "run.json").read_text())
        for final in record["finals"]:
            final["train_seconds"] = seconds
        (folder / "run.json").write_text(json.dumps(record))
        assert compare([], tmp_path / "runs", tmp_path / "page.html").page.exists()


def test_problems_are_on_the_page(tmp_path: Path) -> None:
    """A reader would not learn that a run is missing."""
    folders = write_runs(tmp_path / "runs")
    (folders[0] / "run.json").write_text("{")
    (folders[1] / "predictions-0.npz").write_bytes(b"")
    written = compare([], tmp_path / "runs", tmp_path / "page.html")
    text = Page(written.page.read_text()).text
    assert "Left out or not readable" in text
    assert "not a readable RunRecord" in text
    assert "predictions-0.npz is damaged" in text


def test_several_data_sets_stand_apart(tmp_path: Path) -> None:
    """Their models would share a table."""
    write_runs(tmp_path / "runs")
    write_runs(tmp_path / "runs", FOUR[:2], Data(name="digits"))
    written = compare([], tmp_path / "runs", tmp_path / "page.html")
    page = Page(written.page.read_text())
    headings = [tag for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert headings[0] == "h1"
    assert all(int(later[1]) - int(earlier[1]) <= 1 for earlier, later in itertools.pairwise(headings))
    assert len(written.table) == 6


def test_a_single_baseline_is_a_page_too(tmp_path: Path) -> None:
    """One run, one seed, no search, no history: every part must do without."""
    model = Model(name="only", accuracy=0.5, seconds=5, seeds=1, tuned=False)
    folder = write_run(tmp_path / "runs" / "only", model)
    record = json.loads((folder / "run.json").read_text())
    record["finals"][0]["history"] = {}
    record["finals"][0]["train_seconds"] = 0
    (folder / "run.json").write_text(json.dumps(record))
    text = Page(compare([], tmp_path / "runs", tmp_path / "page.html").page.read_text()).text
    assert "No history was recorded" in text
    assert "not tuned" in text


def test_the_folder_is_made_and_the_name_must_be_a_pages(tmp_path: Path) -> None:
    """The JSON file would overwrite the page."""
    write_runs(tmp_path / "runs", FOUR[:1])
    assert compare([], tmp_path / "runs", tmp_path / "a" / "b" / "page.htm").json.name == "page.json"
    with pytest.raises(RunFolderError, match=r"ends in \.html"):
        compare([], tmp_path / "runs", tmp_path / "page.json")


def test_a_report_does_not_overwrite_a_run(tmp_path: Path) -> None:
    """The JSON file beside a page called run.html is called as a run's record."""
    (folder,) = write_runs(tmp_path / "runs", FOUR[:1])
    before = (folder / "run.json").read_bytes()
    with pytest.raises(RunFolderError, match=r"called run\.json"):
        compare([], tmp_path / "runs", folder / "run.html")
    assert (folder / "run.json").read_bytes() == before
    assert not (folder / "run.html").exists()


def test_pairs_are_sorted_by_their_figures(page: Page, report: Report) -> None:
    """As text, 9 points would stand above 27, and p < .001 below p = .5."""
    table = page.source.split('aria-label="Pairwise differences"')[1].split("</table>")[0]
    keys = [float(key) for key in re.findall(r'data-sort="([^"]*)"', table)]
    pairs = report.comparison.sections[0].pairs
    assert keys[::3] == pytest.approx([pair.difference for pair in pairs], rel=1e-5)
    assert keys[2::3] == pytest.approx([pair.p_adjusted or 0 for pair in pairs], abs=1e-6)


def test_a_page_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    """A traceback, after all the work."""
    write_runs(tmp_path / "runs", FOUR[:1])
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be created"):
        compare([], tmp_path / "runs", tmp_path / "file" / "page.html")
