"""Text of a record in a model card: names may hold anything that Markdown or HTML gives a meaning."""

import re

from tunebench.report import markdown

# Beginnings of what GitHub and Hugging Face turn into links, and formulas.
_LINKS = re.compile(r"(?<=[a-z]):(?=//)|(?<=www)\.|\$", re.IGNORECASE)


def text(part: str) -> str:
    """Text that Markdown shows literally, without links and formulas."""
    return _LINKS.sub(r"\\\g<0>", markdown.escape(part))
