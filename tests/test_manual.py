"""The manual: it builds, what it names exists, and its tutorial runs."""

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests.documents import DOCS, PAGES, ROOT, blocks, lines, spans
from tunebench.cli.main import COMMANDS, main, tunebench

# Of other programs that the manual names.
OTHERS = {"--address", "--head", "--opt_out", "--port"}
# The pages that tell of development name options of other programs, and what was removed.
USERS_PAGES = [page for page in PAGES if page.name not in {"changelog.md", "contributing.md"}]
# What the tutorial's commands get in addition: the last of two equal options counts.
QUICK = {"search": ["--trials", "1", "--epochs", "1", "--seeds", "1"]}


def commands(page: Path) -> Iterator[list[str]]:
    """The commands of a page, as their words."""
    for line in lines(page):
        words = shlex.split(line, comments=True)
        if words and words[0] == "tunebench":
            yield words[1:]


@pytest.mark.parametrize("page", USERS_PAGES, ids=lambda page: page.name)
def test_commands_can_be_typed(page: Path) -> None:
    """Each command that a page shows has a known name, and options and values that are accepted."""
    group = click.Context(tunebench)
    for name, *arguments in commands(page):
        command = tunebench.get_command(group, name)
        assert command is not None, name
        command.make_context(name, arguments, parent=group)


def known_options() -> set[str]:
    """Every option of every command, and of the group."""
    group = click.Context(tunebench)
    all_commands = [tunebench, *filter(None, (tunebench.get_command(group, name) for name in COMMANDS))]
    parameters = [parameter for command in all_commands for parameter in command.params]
    return {flag for each in parameters for flag in (*each.opts, *each.secondary_opts)} | {"--help"} | OTHERS


def test_options_exist() -> None:
    """An option that a page names, in a sentence or a table, is one of a command."""
    known = known_options()
    for page in USERS_PAGES:
        named = {flag for span in spans(page) for flag in _options(span)}
        assert named <= known, page


def _options(span: str) -> list[str]:
    return re.findall(r"(?<![\w-])--[a-z][a-z_-]*", span)


def test_files_exist() -> None:
    """A file of the repository that a page names is there."""
    folders = "benchmarks|docs|search_spaces|tests|tunebench"
    for page in PAGES:
        for span in spans(page):
            if match := re.fullmatch(rf"(?:{folders})/[\w/-]+\.\w+", span):
                assert (ROOT / match.group()).exists(), f"{page.name} names {span}"


@pytest.mark.slow
def test_the_tutorial_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that it tells the reader to type works, in that order, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    tutorial = DOCS / "tutorial.md"
    (tmp_path / "make_images.py").write_text(blocks(tutorial, "python")[0], encoding="utf-8")
    for line in lines(tutorial):
        program, name, *arguments = shlex.split(line)
        if program == "python":
            runpy.run_path(name)
        else:
            assert program == "tunebench"
            main([name, *arguments, *QUICK.get(name, [])])
    # As the README says, too.
    assert len(list((tmp_path / "runs").glob("*/*/run.json"))) == 2
    assert (tmp_path / "reports" / "comparison.html").exists()


@pytest.mark.slow
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cells, in their order, in an empty folder; each last value has a form for notebooks."""
    monkeypatch.chdir(tmp_path)
    cells = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 (the manual's own notebook)
    assert all(names[shown]._repr_html_() for shown in ("run", "report"))
    assert names["report"].page.exists()


@pytest.mark.slow
def test_it_builds_and_works_without_a_network(tmp_path: Path) -> None:
    """Links and references are right, and no page loads anything from elsewhere."""
    folder = tmp_path / "manual"
    # As `make docs` does, except that the notebook is not run in a process of its own.
    options = ["-W", "--keep-going", "-q", "-D", "nb_execution_mode=off"]
    command = [sys.executable, "-m", "sphinx", *options, "docs", str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    built = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    pages = [page for page in folder.rglob("*.html") if "_downloads" not in page.parts]
    assert len(pages) > len(PAGES)
    for page in pages:
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe)[^>]* src=\"([^\"]*)|<link[^>]* href=\"([^\"]*)", text)
        assert [address for pair in loaded for address in pair if "//" in address] == [], page
