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

_INTRODUCTION = """\
Made by `make reference` from `tunebench/options.py` and the commands.

An option of `search`, `train`, `study` and `check`, such as `--train-size`, is an argument in Python,
`train_size`, and an environment variable, `TUNEBENCH_TRAIN_SIZE`, unless it is said. Of other commands,
the options that have a variable name it."""
_HEADER = ["option", "default", "meaning"]


def reference() -> str:
    """All options as a Markdown document, which is ``docs/options.md``."""
    lines = ["# Options", "", _INTRODUCTION]
    for name in COMMANDS:
        found = [*(_declared(_CLASSES[name]) if name in _CLASSES else _of_command(name))]
        if len(found) > 1:
            header, *rows = found
            lines += ["", f"## tunebench {name}", "", _row(header), "|---" * len(header) + "|"]
            lines += map(_row, rows)
    return "\n".join([*lines, ""])


def _declared(options: Any) -> Iterator[list[str]]:
    yield _HEADER
    for name, (declared, default) in declarations(options).items():
        if declared.flag:
            exceptions = []
            if name != declared.flag.removeprefix("--").replace("-", "_"):
                exceptions.append(f"in Python `{name}`")
            if variable(declared) is None:
                exceptions.append("not from the environment")
            yield _cells(declared.flag, declared.kind.metavar, default, declared.help, exceptions)


def _of_command(name: str) -> Iterator[list[str]]:
    yield _HEADER
    context = click.Context(tunebench)
    command = tunebench.get_command(context, name)
    for each in [] if command is None else command.params:
        if isinstance(each, click.Option):
            metavar = "" if each.is_flag else each.make_metavar(context)
            meaning = (each.help or "").replace("<", "&lt;")
            variables = [f"`{each.envvar}`"] if each.envvar else []
            yield _cells(each.opts[0], metavar, each.to_info_dict()["default"], meaning, variables)


def _cells(flag: str, metavar: str, default: object, meaning: str, also: list[str]) -> list[str]:
    # Room to break a long line of choices.
    option = f"{flag} {metavar.replace('|', ' | ')}"
    return [_code(option), _code(default), f"{meaning} ({'; '.join(also)})" if also else meaning]


def _code(cell: object) -> str:
    # A vertical line would end the table's cell.
    return "" if cell is None else f"`{str(cell).strip()}`".replace("|", r"\|")


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
