"""The reference of all options: ``docs/options.md``."""

from collections.abc import Iterator
from typing import Any

import click

from tunebench.cli.main import COMMANDS, tunebench
from tunebench.option_kinds import declarations, variable
from tunebench.options import CheckSpaceOptions, SearchOptions, TrainOptions
from tunebench.study_options import StudyOptions

# Commands whose options are arguments of the library's function of the same name, too.
_CLASSES = {
    "search": SearchOptions,
    "train": TrainOptions,
    "study": StudyOptions,
    "check": CheckSpaceOptions,
}


def reference() -> str:
    """All options as a Markdown document, which is ``docs/options.md``."""
    lines = ["# Options", "", "Made by `make reference` from `tunebench/options.py` and the commands."]
    for name in COMMANDS:
        found = [*(_declared(_CLASSES[name]) if name in _CLASSES else _of_command(name))]
        if len(found) > 1:
            header, *rows = found
            lines += ["", f"## tunebench {name}", "", _row(header), "|---" * len(header) + "|"]
            lines += map(_row, rows)
    return "\n".join([*lines, ""])


def _declared(options: Any) -> Iterator[list[str]]:
    yield ["option", "argument", "default", "environment variable", "meaning"]
    for name, (declared, default) in declarations(options).items():
        if declared.flag:
            cells = [f"{declared.flag} {declared.kind.metavar}", name, default, variable(declared)]
            yield [*map(_code, cells), declared.help]


def _of_command(name: str) -> Iterator[list[str]]:
    yield ["option", "default", "environment variable", "meaning"]
    context = click.Context(tunebench)
    command = tunebench.get_command(context, name)
    for each in [] if command is None else command.params:
        if isinstance(each, click.Option):
            found = each.to_info_dict()
            metavar = "" if each.is_flag else each.make_metavar(context)
            cells = [f"{each.opts[0]} {metavar}", found["default"], each.envvar]
            yield [*map(_code, cells), (each.help or "").replace("<", "&lt;")]


def _code(cell: object) -> str:
    # A vertical line would end the table's cell.
    return "" if cell is None else f"`{str(cell).strip()}`".replace("|", r"\|")


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
