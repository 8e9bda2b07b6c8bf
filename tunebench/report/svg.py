"""Turn a matplotlib figure into an SVG that is at home in a page.

Text stays text in the page's font, colours become CSS variables, marked groups become links, and identifiers
get a prefix, for several pictures share one page.
"""

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

from tunebench.report.palette import VARIABLES

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_COLOUR = re.compile("|".join(VARIABLES))
_FONT_FAMILY = re.compile(r"font-family: [^;]*;?")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_FONT_SIZE = 12
_MANY = 4
SETTINGS: dict[Any, Any] = {
    # Text as text: it is found by searching, read aloud, and set in the page's font.
    "svg.fonttype": "none",
    # The same figures give the same bytes.
    "svg.hashsalt": "tunebench",
    "font.size": _FONT_SIZE,
    "path.simplify": True,
}


@dataclass(frozen=True)
class Link:
    """What a marked group of a picture leads to.

    Attributes:
        target: An identifier on the page.
        name: What it is called.
        figures: What else is said of it on hover, on focus and aloud.
    """

    target: str
    name: str
    figures: tuple[str, ...]

    @property
    def text(self) -> str:
        """All of it; the page's script takes it apart again."""
        return "; ".join((self.name, *self.figures))


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that many CSS pixels."""
    with mpl.rc_context(SETTINGS):
        return Figure(figsize=(width / 72, height / 72), dpi=72)


def svg_bytes(figure: Figure) -> bytes:
    """A figure as an SVG file, in the light colours."""
    buffer = io.BytesIO()
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        # A name may hold signs that matplotlib's font lacks; the page's font draws the text, not
        # matplotlib's.
        warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing from")
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    return buffer.getvalue()


def inline(
    figure: Figure, key: str, title: str, description: str, links: Mapping[str, Link] | None = None
) -> Markup:
    """A figure as an SVG element.

    Args:
        figure: Drawn with the colours of :mod:`~tunebench.report.palette`.
        key: Unique on the page: prefix of the element's identifiers.
        title: Its accessible name.
        description: What it shows, for those who do not see it.
        links: By the ``gid`` of an artist, what it leads to.

    Returns:
        The element, its text escaped.
    """
    root = ET.fromstring(svg_bytes(figure))  # noqa: S314 matplotlib wrote it a moment ago
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    _clean(root, key)
    if links:
        _link(root, links)
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("class", "chart")
    # `max-width` keeps its text at the size it was drawn in; a narrow screen shrinks it a little.
    root.set("style", f"max-width:{width:g}px;aspect-ratio:{width:g}/{height:g}")
    root.set("role", "group" if links else "img")
    root.set("aria-labelledby", f"{key}-title")
    root.set("aria-describedby", f"{key}-desc")
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{key}-{tag}"})
        element.text = text
        root.insert(position, element)
    ET.register_namespace("", _SVG)
    text = ET.tostring(root, encoding="unicode")
    return Markup(text)  # noqa: S704 serialised by ElementTree, which escapes text and attributes


def _clean(root: ET.Element, key: str) -> None:
    """Prefix identifiers, drop fonts and digits nobody sees, put variables for colours."""
    for element in root.iter():
        href = element.attrib.pop(_HREF, None)
        if href is not None:
            element.set("href", f"#{key}-{href[1:]}")
        for name, text in element.attrib.items():
            element.set(name, _attribute(name, text, key))
        if element.text and not element.text.strip():
            element.text = None
        if element.tail and not element.tail.strip():
            element.tail = None
    for element in root.iter():
        _hoist(element)
    for rules in root.iter(f"{{{_SVG}}}style"):
        # They would hold for the whole page.
        rules.text = ""


def _hoist(group: ET.Element) -> None:
    """Say once for a group what each of many equal paths says."""
    paths = list(group)
    if len(paths) < _MANY or any(path.tag != f"{{{_SVG}}}path" or len(path) for path in paths):
        return
    for name in ("style", "clip-path"):
        values = {path.get(name) for path in paths}
        if len(values) == 1 and (value := values.pop()) is not None:
            group.set(name, value)
            for path in paths:
                del path.attrib[name]


def _attribute(name: str, text: str, key: str) -> str:
    if name == "id":
        return f"{key}-{text}"
    if name == "style":
        style = _COLOUR.sub(lambda match: VARIABLES[match.group()], _FONT_FAMILY.sub("", text))
        return _short(style, 2).strip().rstrip(";")
    if name == "clip-path":
        return text.replace("url(#", f"url(#{key}-")
    # A tenth of a pixel is as fine as a screen shows.
    return _short(text, 1) if name in {"d", "x", "y", "transform", "points"} else text


def _short(text: str, digits: int) -> str:
    return " ".join(_NUMBER.sub(lambda match: f"{float(match.group()):.{digits}f}", text).split())


def _link(root: ET.Element, links: Mapping[str, Link]) -> None:
    wanted = {f"-{gid}": link for gid, link in links.items()}
    for parent in list(root.iter()):
        for position, child in enumerate(list(parent)):
            identifier = child.get("id", "")
            link = next((link for ending, link in wanted.items() if identifier.endswith(ending)), None)
            if link is None:
                continue
            anchor = ET.Element(f"{{{_SVG}}}a", {"href": f"#{link.target}", "class": "point"})
            anchor.set("aria-label", link.text)
            anchor.append(child)
            parent[position] = anchor
