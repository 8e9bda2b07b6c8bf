"""Render the page: one HTML file with its styles, script, pictures and data inside."""

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tunebench.report.view import PageView
from tunebench.report.words import Name


def render(view: PageView, document: dict[str, Any]) -> str:
    """The page as text.

    Args:
        view: What it shows.
        document: The same figures for machines, embedded as JSON.

    Returns:
        HTML. It asks the network for nothing: a content security policy of its own forbids it, and allows
        no script but its own.
    """
    script = _resource("page.js")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            view=view,
            style=Markup(_resource("style.css")),  # noqa: S704 a file of this package
            script=Markup(script),  # noqa: S704 a file of this package
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            data=Markup(_script_safe(_compact(document))),  # noqa: S704 escaped there
        )
    )


def _compact(document: dict[str, Any]) -> str:
    """JSON without spaces, which weigh on the page of many runs."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _script_safe(text: str) -> str:
    """JSON that cannot end the element it stands in, and still says the same."""
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _resource(name: str) -> str:
    return (files("tunebench.report") / "templates" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tunebench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["model_name"] = lambda part: isinstance(part, Name)
    return environment
