"""Render the page: one HTML file that includes its styles, script, charts and data."""

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tunebench.plain_text import clean, escaped
from tunebench.report import formats, measures
from tunebench.report.differences import verdict
from tunebench.report.view import PageView
from tunebench.report.words import Code, Name

_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def render(view: PageView, document: dict[str, Any]) -> str:
    """The page as text.

    Args:
        view: What it shows.
        document: The same figures as data, embedded as JSON.

    Returns:
        HTML that requests nothing from the network: its content security policy forbids requests and allows
        no script except its own.
    """
    script = _resource("page.js")
    text = (
        _environment()
        .get_template("page.html.j2")
        .render(
            view=view,
            style=Markup(_resource("style.css")),  # noqa: S704 (a file of this package)
            script=Markup(script),  # noqa: S704 (a file of this package)
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            data=Markup(_script_safe(_compact(document))),  # noqa: S704 (escaped there)
        )
    )
    return _unindented(text)


def fragment(template: str, **shown: Any) -> str:
    """Part of a page, from a template, to stand in another one; names are escaped."""
    return _unindented(_environment().get_template(template).render(shown))


def options(text: str) -> Markup:
    """Text of a page in which no option of a command, such as ``--seeds``, breaks at its hyphens."""
    return Markup(_OPTION.sub(r'<span class="option">\g<0></span>', str(escape(clean(text)))))  # noqa: S704 (escaped)


def _unindented(text: str) -> str:
    """Without the templates' indentation, a thirtieth of a page of many runs."""
    return "\n".join(line.lstrip(" ") for line in text.split("\n"))


def _compact(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _script_safe(text: str) -> str:
    """Equivalent JSON that cannot close the script element it is embedded in."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return escaped(text)


def _resource(name: str) -> str:
    # The hash of the script is that of the page's text.
    return _unindented((files("tunebench.report") / "templates" / name).read_text(encoding="utf-8"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tunebench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_cleaned,
    )
    environment.tests["model_name"] = lambda part: isinstance(part, Name)
    environment.tests["code"] = lambda part: isinstance(part, Code)
    environment.globals["measures"] = measures
    environment.filters |= {
        "options": options,
        "name": formats.name,
        "p_value": formats.p_value,
        "percent": formats.percent,
        "seconds": formats.seconds,
        "verdict": verdict,
    }
    return environment


def _cleaned(value: Any) -> Any:
    """Remove control characters from every text that the templates print."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
