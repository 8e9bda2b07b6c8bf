"""The page in a real browser."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

# Each page once, with two widths and both themes among them.
PAGES = [
    ("four", 360, "light"),
    ("several", 1440, "dark"),
    ("hostile", 360, "dark"),
    ("example", 1440, "light"),
]
# axe-core needs milliseconds for the colours of each cell, and there are thousands. Elements with the same
# classes, in elements with the same classes, have the same colours: the first and the last are enough. But
# what lies behind the text of a chart depends on its place.
MARK_ALIKE = """() => {
    const places = new Map();
    const own = (each) => `${each.tagName} ${each.className} ${each.style.cssText}`;
    const of = (each) => each ? `${of(each.parentElement)} ${own(each)}` : "";
    for (const each of document.querySelectorAll("body *:not(svg *)")) {
        const place = of(each);
        places.set(place, [...(places.get(place) ?? []), each]);
    }
    for (const alike of places.values()) alike.slice(1, -1).forEach((each) => { each.dataset.alike = ""; });
}"""
COMPARE_COLOURS_ONCE = 'axe.configure({rules: [{id: "color-contrast", selector: "*:not([data-alike])"}]});'


@pytest.fixture
def path(request: pytest.FixtureRequest) -> Path:
    """The page of the named fixture."""
    made: Path = request.getfixturevalue(request.param)
    return made


def open_details(page: Page, selector: str = "details") -> None:
    """Open collapsed parts, by default all of them."""
    page.locator(selector).evaluate_all("(parts) => parts.forEach((each) => { each.open = true; })")


def violations(page: Page, *rules: str) -> list[str]:
    """Violations of WCAG 2 A and AA, or of these rules, that axe-core finds."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": tags}
    options = {"runOnly": only, "resultTypes": ["violations"]}
    # Models share one template, and axe needs seconds for each open one.
    open_details(page, ".glossary, .model:first-of-type, .model:last-of-type")
    page.evaluate(MARK_ALIKE)
    found: Any = Axe(AXE_SCRIPT + COMPARE_COLOURS_ONCE).run(page, options=options).response
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(("path", "width", "scheme"), PAGES, indirect=["path"])
def test_pages_are_silent_accessible_and_fit_the_screen(
    path: Path, open_page: Open, width: int, scheme: str
) -> None:
    """No page makes requests, logs errors, violates WCAG A or AA, or scrolls sideways."""
    with open_page(path, width=width, scheme=scheme) as opened:
        assert violations(opened.page) == []
        open_details(opened.page)
        opened.page.mouse.wheel(0, 20_000)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        assert opened.requests == []
        assert opened.complaints == []


def test_a_tablet_after_the_toggle(four: Path, open_page: Open) -> None:
    """The colours of the toggle's dark theme are legible, and nothing scrolls sideways at 800 pixels."""
    with open_page(four, width=800) as opened:
        opened.page.locator(".theme").click()
        # The rest of the page is the same as with the theme of the system.
        assert violations(opened.page, "color-contrast") == []
        open_details(opened.page)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 800


def test_the_first_screen_shows_the_answer(four: Path, open_page: Open) -> None:
    """Recommendations and findings are within the first 600 pixels."""
    with open_page(four) as opened:
        box = opened.page.locator(".answer").get_by_text("mobilenet_v2", exact=True).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 600
        box = opened.page.locator(".findings").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] < 600


def test_tables_are_sorted_by_keyboard(four: Path, open_page: Open) -> None:
    """A heading sorts its column with Enter and Space and announces the order."""
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


def test_missing_values_sort_last_in_both_directions(four: Path, open_page: Open) -> None:
    """Baselines, which have no search, come last in the search column."""
    with open_page(four) as opened:
        table = opened.page.locator("table.sortable").first
        button = table.get_by_role("columnheader", name="Search").get_by_role("button")
        for _ in range(2):
            button.click()
            assert all("default" in name for name in table.locator("tbody th").all_inner_texts()[-2:])


def test_the_theme_is_toggled_by_keyboard_and_remembered(four: Path, open_page: Open) -> None:
    """The toggle works with Enter and Space, and the choice survives a reload."""
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
    """Focus and hover show a point's figures; Escape hides them."""
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


def test_points_and_rows_open_their_model(four: Path, open_page: Open) -> None:
    """A point of the chart and a row of the table open the details of their model."""
    with open_page(four) as opened:
        page = opened.page
        page.locator(".wide .point").first.press("Enter")
        expect(page.locator("details.model").first).to_have_attribute("open", "")
        page.locator(".main-table tbody a").nth(1).click()
        expect(page.locator("details.model").nth(1)).to_have_attribute("open", "")
        expect(page.locator("details.model").nth(1).locator("summary")).to_contain_text("cnn3")


def test_the_page_is_complete_without_javascript(four: Path, open_page: Open) -> None:
    """Without scripts, everything is readable and no inactive button is shown."""
    with open_page(four, javascript=False) as opened:
        page = opened.page
        expect(page.locator(".answer")).to_contain_text("88.4")
        expect(page.locator(".main-table tbody tr")).to_have_count(6)
        expect(page.locator(".wide svg")).to_be_visible()
        expect(page.get_by_role("button")).to_have_count(0)
        page.locator("details.model summary").first.click()
        expect(page.locator("details.model").first.get_by_text("Provenance")).to_be_visible()


def test_printing_opens_details_and_hides_controls(four: Path, open_page: Open) -> None:
    """Printed pages are light and complete, without buttons."""
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


def test_chart_text_is_legible_on_a_phone(four: Path, open_page: Open) -> None:
    """Text in charts is at least nine pixels high."""
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
