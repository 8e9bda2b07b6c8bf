"""The page in a real browser.

A browser needs seconds for each page that it opens: tests that change nothing for the others share one.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

# Each page once, with two widths and both themes among them. The first two have every part of the template;
# the others have the same colours, and comparing these takes longest.
PAGES = [
    ("four", 360, "light", True),
    ("several", 1440, "dark", True),
    ("hostile", 360, "dark", False),
    ("example", 1440, "light", False),
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

SMALLEST_TEXT_OF_CHARTS = """() => Math.min(
    ...[...document.querySelectorAll("svg.chart")].filter((chart) => chart.checkVisibility()).map((chart) => {
        const scale = chart.getBoundingClientRect().width / chart.viewBox.baseVal.width;
        const texts = [...chart.querySelectorAll("text")];
        return Math.min(...texts.map((text) => scale * parseFloat(getComputedStyle(text).fontSize)));
    })
)"""
# Of the charts that are shown: how many models each names, and which names touch another name or point.
NAMES_OF_POINTS = """() => {
    const charts = [...document.querySelectorAll(".main-chart svg")].filter((each) => each.checkVisibility());
    const box = (each) => each.getBoundingClientRect();
    const touch = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return charts.map((chart) => {
        const texts = [...chart.querySelectorAll("text")];
        const names = texts.filter((each) => each.textContent.includes("mobilenet"));
        const marks = [...chart.querySelectorAll(".point use")];
        const touching = names.filter((name) =>
            [...names, ...marks].some((other) => other !== name && touch(box(name), box(other))));
        return [names.length, touching.map((each) => each.textContent)];
    });
}"""
HEIGHTS_IN_EM = """(elements) => elements.map(
    (each) => each.offsetHeight / parseFloat(getComputedStyle(each).fontSize))"""
# Of each element except the toggle, which has the focus or not.
COLOURS = """() => [...document.querySelectorAll("html, body, body *:not(.theme)")].map((each) => {
    const style = getComputedStyle(each);
    return [style.color, style.backgroundColor, style.borderColor, style.fill, style.stroke].join();
})"""


@pytest.fixture
def path(request: pytest.FixtureRequest) -> Path:
    """The page of the named fixture."""
    made: Path = request.getfixturevalue(request.param)
    return made


def right_edge(part: Locator) -> bytes:
    """The pixels of the last column of a part of the page."""
    image = Image.open(BytesIO(part.screenshot())).convert("RGB")
    return image.crop((image.width - 1, 8, image.width, image.height // 4)).tobytes()


def open_details(page: Page, selector: str = "details") -> None:
    """Open collapsed parts, by default all of them."""
    page.locator(selector).evaluate_all("(parts) => parts.forEach((each) => { each.open = true; })")


def violations(page: Page, *, colours: bool) -> list[str]:
    """Violations of WCAG 2 A and AA that axe-core finds."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    options = {
        "runOnly": {"type": "tag", "values": tags},
        "rules": {"color-contrast": {"enabled": colours}},
        "resultTypes": ["violations"],
    }
    # Models share one template, and axe needs seconds for each open one.
    open_details(page, ".glossary, .model:first-of-type, .model:last-of-type")
    page.evaluate(MARK_ALIKE)
    # axe-core gives no verdict on text before a gradient.
    page.add_style_tag(content=".scroll { background: none !important; }")
    found: Any = Axe(AXE_SCRIPT + COMPARE_COLOURS_ONCE).run(page, options=options).response
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(("path", "width", "scheme", "colours"), PAGES, indirect=["path"])
def test_pages_are_silent_accessible_and_fit_the_screen(
    path: Path, open_page: Open, width: int, scheme: str, *, colours: bool
) -> None:
    """No page makes requests, logs errors, violates WCAG A or AA, or scrolls sideways.

    On a phone, text in its charts is at least nine pixels high.
    """
    with open_page(path, width=width, scheme=scheme) as opened:
        assert violations(opened.page, colours=colours) == []
        open_details(opened.page)
        opened.page.mouse.wheel(0, 20_000)
        assert width > 360 or opened.page.evaluate(SMALLEST_TEXT_OF_CHARTS) >= 9
        for each in {width, min(width, 800)}:
            opened.page.set_viewport_size({"width": each, "height": 900})
            assert opened.page.evaluate("document.documentElement.scrollWidth") <= each
        assert opened.requests == []
        assert opened.complaints == []


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_name_in_the_chart_touches_another_point_or_name(
    crowds: Path, open_page: Open, width: int
) -> None:
    """Few points are all named; of many, those with room, and it is said that others have none."""
    with open_page(crowds, width=width) as opened:
        sixty, sixteen, four, two = opened.page.evaluate(NAMES_OF_POINTS)
        assert (two, four) == ([2, []], [4, []])
        assert sixteen[1] == sixty[1] == []
        assert 4 <= sixteen[0] < 16
        assert 2 <= sixty[0] < 30
        notes = opened.page.get_by_text("Some names have no room").filter(visible=True)
        expect(notes).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_table_shows_that_it_scrolls_and_is_scrolled_by_keyboard(
    four: Path, open_page: Open, scheme: str
) -> None:
    """A shadow at the side where there is more, which is gone at the end."""
    with open_page(four, width=360, scheme=scheme) as opened:
        table = opened.page.get_by_role("region", name="Accuracy and training time of each model")
        table.evaluate("(each) => { each.style.color = each.style.borderColor = 'transparent'; }")
        begin = right_edge(table)
        table.focus()
        rest = "(each) => each.scrollWidth - each.clientWidth - each.scrollLeft"
        assert table.evaluate(rest) > 1
        for _ in range(100):
            opened.page.keyboard.press("ArrowRight")
            if table.evaluate(rest) <= 1:
                break
        assert table.evaluate(rest) <= 1
        assert begin != right_edge(table)


def test_options_do_not_break_at_their_hyphens(several: Path, open_page: Open) -> None:
    """On a phone, each is one line high."""
    with open_page(several, width=360) as opened:
        open_details(opened.page)
        heights = opened.page.locator(".option").evaluate_all(HEIGHTS_IN_EM)
        assert len(heights) > 3
        assert max(heights) < 2


@pytest.fixture(scope="module")
def shared_page(four: Path, open_page: Open) -> Iterator[Page]:
    """The page of four models, for tests that do not depend on what others did to it."""
    with open_page(four) as opened:
        yield opened.page


def test_the_first_screen_shows_the_answer(shared_page: Page) -> None:
    """Recommendations and findings are within the first 600 pixels."""
    shared_page.evaluate("scrollTo(0, 0)")
    for part in (
        shared_page.locator(".answer").get_by_text("mobilenet_v2", exact=True),
        shared_page.locator(".findings"),
    ):
        box = part.bounding_box()
        assert box is not None
        assert 0 < box["y"] < box["y"] + box["height"] < 600


def test_a_focused_point_shows_its_figures(shared_page: Page) -> None:
    """Focus and hover show a point's figures; Escape hides them."""
    point = shared_page.locator(".wide .point").first
    note = shared_page.locator(".point-note")
    expect(note).to_be_hidden()
    point.focus()
    expect(note).to_be_visible()
    expect(note).to_contain_text("mobilenet_v2")
    expect(note).to_contain_text("95\N{NARROW NO-BREAK SPACE}% interval 86.3 to 90.2")
    shared_page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    shared_page.locator(".wide .point").nth(1).hover()
    expect(note).to_contain_text("cnn3")
    shared_page.keyboard.press("Escape")


def test_points_and_rows_open_their_model(shared_page: Page) -> None:
    """A point of the chart and a row of the table open the details of their model."""
    models = shared_page.locator("details.model")
    assert models.and_(shared_page.locator("[open]")).count() == 0
    shared_page.locator(".wide .point").first.press("Enter")
    expect(models.first).to_have_attribute("open", "")
    shared_page.locator(".main-table tbody").get_by_role("link", name="cnn3", exact=True).click()
    expect(models.nth(1)).to_have_attribute("open", "")
    expect(models.nth(1).locator("summary")).to_contain_text("cnn3")


def test_tables_are_sorted_by_keyboard(shared_page: Page) -> None:
    """A heading sorts its column with Enter and Space and announces the order."""
    table = shared_page.locator("table.sortable").first
    heading = table.get_by_role("columnheader", name="Training time")
    names = table.locator("tbody th")
    heading.get_by_role("button").focus()
    shared_page.keyboard.press("Enter")
    assert heading.get_attribute("aria-sort") == "ascending"
    ascending = names.all_inner_texts()
    assert ascending[0] == "cnn1"
    assert ascending[-1] == "mobilenet_v2"
    shared_page.keyboard.press("Space")
    assert heading.get_attribute("aria-sort") == "descending"
    assert names.all_inner_texts() == ascending[::-1]
    assert table.locator("[aria-sort=descending]").count() == 1


def test_missing_values_sort_last_in_both_directions(shared_page: Page) -> None:
    """Baselines, which have no search, come last in the search column."""
    table = shared_page.locator("table.sortable").first
    button = table.get_by_role("columnheader", name="Search").get_by_role("button")
    for _ in range(2):
        button.click()
        assert all("default" in name for name in table.locator("tbody th").all_inner_texts()[-2:])


def test_the_theme_is_toggled_by_keyboard_and_remembered(several: Path, open_page: Open) -> None:
    """The toggle works with Enter and Space, gives the system's colours, and survives a reload."""
    with open_page(several, scheme="dark") as opened:
        page = opened.page
        # axe-core compares the colours of the system's themes.
        dark = page.evaluate(COLOURS)
        page.emulate_media(color_scheme="light")
        light = page.evaluate(COLOURS)
        assert light != dark
        page.get_by_role("button", name="Switch to dark colours").focus()
        page.keyboard.press("Enter")
        assert page.evaluate(COLOURS) == dark
        page.reload()
        assert page.evaluate(COLOURS) == dark
        page.get_by_role("button", name="Switch to light colours").press("Space")
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(COLOURS) == light


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


def test_printing_opens_details_and_hides_controls(several: Path, open_page: Open) -> None:
    """Printed pages are light and complete, without buttons."""
    with open_page(several, scheme="dark") as opened:
        page = opened.page
        page.emulate_media(media="print")
        expect(page.locator(".theme")).to_be_hidden()
        heights = page.locator(".model-body").evaluate_all(
            "(bodies) => bodies.map((each) => each.checkVisibility({contentVisibilityAuto: true}))"
        )
        assert heights == [True] * 5
        colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
        assert colour == "rgb(255, 255, 255)"
        assert len(page.pdf()) > 50_000
