"""The code that README.md and the manual show."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
# Every page that describes tunebench as it is.
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """A page's blocks of code in a language, such as ``sh``."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def lines(page: Path) -> list[str]:
    """What a page tells the reader to type, line by line."""
    return [line for block in blocks(page, "sh") for line in block.splitlines() if line]


def spans(page: Path) -> list[str]:
    """Code within a page's sentences and tables."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", text)
