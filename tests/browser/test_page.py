"""The page in a real browser: silent, readable by everyone, at home on every screen."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

PAGES = ["four", "several", "hostile", "real", "example"]
WIDTHS = [360, 800, 1440]


@pytest.fixture
def path(request: pytest.FixtureRequest) -> Path:
    """The page of the fixture that the test is parametrised with."""
    made: Path = request.getfixturevalue(request.param)
    return made


def open_details(page: Page) -> None:
    """Open every model."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def violations(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2 A and AA, colour contrast included."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"]}
    found: Any = Axe().run(page, options=options).response
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("path", PAGES, indirect=True)
def test_nothing_is_asked_for_and_nothing_complains(path: Path, open_page: Open) -> None:
    """A page that calls home, runs a run's text or fails in its own script."""
    with open_page(path) as opened:
        open_details(opened.page)
        opened.page.mouse.wheel(0, 20_000)
        opened.page.wait_for_timeout(100)
        assert opened.requests == []
        assert opened.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("path", PAGES, indirect=True)
def test_no_violation_of_wcag(path: Path, open_page: Open, width: int, scheme: str) -> None:
    """Someone who sees little, or nothing, could not read the page."""
    with open_page(path, width=width, scheme=scheme) as opened:
        open_details(opened.page)
        assert violations(opened.page) == []


def test_no_violation_after_the_toggle(four: Path, open_page: Open) -> None:
    """The colours of the toggle would differ from those of the system's setting."""
    with open_page(four) as opened:
        opened.page.locator(".theme").click()
        assert violations(opened.page) == []


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("path", PAGES, indirect=True)
def test_no_horizontal_scrolling(path: Path, open_page: Open, width: int) -> None:
    """A phone would show a page wider than itself; a table may scroll inside its frame."""
    with open_page(path, width=width) as opened:
        open_details(opened.page)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_first_screen_says_the_answer(four: Path, open_page: Open) -> None:
    """A reader who stops after 600 pixels would not know which model to take."""
    with open_page(four) as opened:
        for text in ("mobilenet_v2", "cnn3"):
            box = opened.page.locator(".answer").get_by_text(text, exact=True).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] < 600
        box = opened.page.locator(".findings").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 600


def test_a_table_is_sorted_by_keyboard(four: Path, open_page: Open) -> None:
    """Without a mouse, the table would stay as it is; a reader aloud would not hear the order."""
    with open_page(four) as opened:
        table = opened.page.locator("table.sortable").first
        heading = table.get_by_role("columnheader", name="Training time")
        names = table.locator("tbody th")
        heading.get_by_role("button").focus()
        opened.page.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == "ascending"
        ascending = names.all_inner_texts()
        assert ascending[0] == "cnn1"
        assert ascending[-1] == "mobilenet_v2"
        opened.page.keyboard.press("Space")
        assert heading.get_attribute("aria-sort") == "descending"
        assert names.all_inner_texts() == ascending[::-1]
        assert table.locator("[aria-sort=descending]").count() == 1


def test_what_is_missing_is_sorted_last_both_ways(four: Path, open_page: Open) -> None:
    """A baseline has no search; it would lead the table as the quickest to tune."""
    with open_page(four) as opened:
        table = opened.page.locator("table.sortable").first
        button = table.get_by_role("columnheader", name="Search").get_by_role("button")
        for _ in range(2):
            button.click()
            assert all("default" in name for name in table.locator("tbody th").all_inner_texts()[-2:])


def test_the_theme_is_toggled_by_keyboard_and_remembered(four: Path, open_page: Open) -> None:
    """A reader in the dark would be dazzled, again at every visit."""
    background = "getComputedStyle(document.documentElement).backgroundColor"
    with open_page(four) as opened:
        page = opened.page
        light = page.evaluate(background)
        page.get_by_role("button", name="Switch to dark colours").focus()
        page.keyboard.press("Enter")
        dark = page.evaluate(background)
        assert dark != light
        page.reload()
        assert page.evaluate(background) == dark
        page.get_by_role("button", name="Switch to light colours").press("Space")
        assert page.evaluate(background) == light


def test_a_focused_point_shows_its_figures(four: Path, open_page: Open) -> None:
    """A point could be told from another by eye only."""
    with open_page(four) as opened:
        point = opened.page.locator(".wide .point").first
        note = opened.page.locator(".point-note")
        expect(note).to_be_hidden()
        point.focus()
        expect(note).to_be_visible()
        expect(note).to_contain_text("mobilenet_v2")
        expect(note).to_contain_text("95\N{NARROW NO-BREAK SPACE}% interval 86.3 to 90.2")
        opened.page.keyboard.press("Escape")
        expect(note).to_be_hidden()
        opened.page.locator(".wide .point").nth(1).hover()
        expect(note).to_contain_text("cnn3")


def test_a_point_and_a_row_lead_to_their_model(four: Path, open_page: Open) -> None:
    """The details would stay closed, or another model's would open."""
    with open_page(four) as opened:
        page = opened.page
        page.locator(".wide .point").first.press("Enter")
        expect(page.locator("details.model").first).to_have_attribute("open", "")
        page.locator(".main-table tbody a").nth(1).click()
        expect(page.locator("details.model").nth(1)).to_have_attribute("open", "")
        expect(page.locator("details.model").nth(1).locator("summary")).to_contain_text("cnn3")


def test_the_page_is_complete_without_javascript(four: Path, open_page: Open) -> None:
    """A mail program or a cautious reader would see half of it, and buttons that do nothing."""
    with open_page(four, javascript=False) as opened:
        page = opened.page
        expect(page.locator(".answer")).to_contain_text("88.4")
        expect(page.locator(".main-table tbody tr")).to_have_count(6)
        expect(page.locator(".wide svg")).to_be_visible()
        expect(page.get_by_role("button")).to_have_count(0)
        page.locator("details.model summary").first.click()
        expect(page.locator("details.model").first.get_by_text("Where this comes from")).to_be_visible()


def test_print_opens_everything_and_hides_the_controls(four: Path, open_page: Open) -> None:
    """Paper has no buttons, and nobody can open a section on it."""
    with open_page(four, scheme="dark") as opened:
        page = opened.page
        page.emulate_media(media="print")
        expect(page.locator(".theme")).to_be_hidden()
        heights = page.locator(".model-body").evaluate_all(
            "(bodies) => bodies.map((each) => each.checkVisibility({contentVisibilityAuto: true}))"
        )
        assert heights == [True] * 6
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert colour == "rgb(255, 255, 255)"
        assert len(page.pdf()) > 50_000


def test_text_in_pictures_is_legible_on_a_phone(four: Path, open_page: Open) -> None:
    """A picture made for a wide screen would shrink its text to a few pixels."""
    with open_page(four, width=360) as opened:
        open_details(opened.page)
        sizes = opened.page.locator("svg.chart:visible").evaluate_all(
            """(charts) => charts.map((chart) => {
                const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
                const texts = [...chart.querySelectorAll("text")];
                return Math.min(...texts.map((text) => scale * parseFloat(getComputedStyle(text).fontSize)));
            })"""
        )
        assert min(sizes) >= 9


def test_a_real_search_shows_its_course(real: Path, open_page: Open) -> None:
    """Made-up records could have what real ones lack: epochs, trials, curves and a gallery of errors."""
    with open_page(real) as opened:
        page = opened.page
        expect(page.locator(".main-table tbody tr")).to_have_count(2)
        for name in ("tiny", "tiny-default"):
            expect(page.locator(".main-table tbody th").get_by_text(name, exact=True)).to_be_visible()
        page.locator(".main-table tbody a", has_text="tiny").first.click()
        searched = page.locator("details.model[open]")
        expect(searched.locator("svg.chart")).not_to_have_count(0)
        expect(searched.get_by_text("learning_rate").first).to_be_attached()
        assert opened.complaints == []
