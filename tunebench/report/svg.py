"""Turn a matplotlib figure into an SVG element of the page.

Text uses the page's font, colours become CSS variables, marked groups become links, and identifiers get a
prefix because several charts share one page.
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

from tunebench.report.charts.style import SETTINGS, VARIABLES

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_COLOUR = re.compile("|".join(VARIABLES))
_FONT_FAMILY = re.compile(r"font-family: [^;]*;?")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_MANY = 4
_PIXELS_PER_INCH = 216
_FORMATS: dict[str, dict[str, Any]] = {
    # Without metadata, the same figure gives the same bytes on any day and with any version.
    "svg": {"metadata": dict.fromkeys(("Creator", "Date", "Format", "Type")), "transparent": True},
    "png": {"dpi": _PIXELS_PER_INCH, "facecolor": "white"},
}


@dataclass(frozen=True)
class Link:
    """The link that a marked group of a chart becomes.

    Attributes:
        target: An identifier on the page.
        name: The name of the group.
        figures: More lines of its tooltip and accessible name.
    """

    target: str
    name: str
    figures: tuple[str, ...]

    @property
    def text(self) -> str:
        """The name and the figures; the page's script splits them again."""
        return "; ".join((self.name, *self.figures))


def image_bytes(figure: Figure, ending: str) -> bytes:
    """A figure as the contents of an ``svg`` or ``png`` file, in the light colours."""
    buffer = io.BytesIO()
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        # Names may contain characters that matplotlib's font lacks; on the page, the page's font draws them.
        warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing from")
        figure.savefig(buffer, format=ending, **_FORMATS[ending])
    return buffer.getvalue()


def inline(
    figure: Figure, key: str, title: str, description: str, links: Mapping[str, Link] | None = None
) -> Markup:
    """A figure as an SVG element.

    Args:
        figure: Drawn with the colours of :mod:`~tunebench.report.charts.style`.
        key: Prefix of the element's identifiers, unique on the page.
        title: Its accessible name.
        description: What it shows, for screen readers.
        links: For the ``gid`` of an artist, its link.

    Returns:
        The element, its text escaped.
    """
    root = ET.fromstring(image_bytes(figure, "svg"))  # noqa: S314 (written by matplotlib)
    _clean(root, key)
    if links:
        _link(root, links)
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("class", "chart")
    # `max-width` keeps text at the size it was drawn in, except on narrow screens.
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
    return Markup(text)  # noqa: S704 (ElementTree escapes text and attributes)


def _clean(root: ET.Element, key: str) -> None:
    """Prefix identifiers, drop fonts and needless digits, replace colours with variables."""
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
        # These rules would apply to the whole page.
        rules.text = ""


def _hoist(group: ET.Element) -> None:
    """Move attributes that all of many paths share to their group."""
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
    # Screens show no more than a tenth of a pixel.
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
