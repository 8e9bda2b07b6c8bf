"""The reference of all options: ``docs/options.md``."""

import click

from tunebench.cli.main import COMMANDS, tunebench
from tunebench.option_kinds import declarations
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
Made by `make reference` from the commands.

An option of `search`, `train`, `study` and `check`, such as `--train-size`, is also an argument in Python,
`train_size`, and an environment variable, `TUNEBENCH_TRAIN_SIZE`, except if the table says otherwise. Of
other commands, the options that have a variable name it. Those of `tunebench` itself stand before the
command: `tunebench --debug search …`."""
_HEADER = ["option", "default", "meaning"]


def reference() -> str:
    """All options as a Markdown document, which is ``docs/options.md``."""
    lines = ["# Options", "", _INTRODUCTION]
    group = click.Context(tunebench)
    for name in ["", *COMMANDS]:
        command = tunebench.get_command(group, name) if name else tunebench
        options = [each for each in command.params if isinstance(each, click.Option)] if command else []
        if options:
            title = f"## tunebench {name}".rstrip()
            lines += ["", title, "", _row(_HEADER), "|---" * len(_HEADER) + "|"]
            lines += [_row(_cells(each, group, _also(each, name))) for each in options]
    return "\n".join([*lines, ""])


def _also(option: click.Option, command: str) -> list[str]:
    """What is said of an option beside its meaning: its variable, or how it differs from the rule."""
    if command not in _CLASSES:
        return [f"`{option.envvar}`"] if option.envvar else []
    if option.name not in declarations(_CLASSES[command]):
        return ["on the command line only"]
    differing = [] if f"--{option.name}".replace("_", "-") in option.opts else [f"in Python `{option.name}`"]
    return differing if option.envvar else [*differing, "not from the environment"]


def _cells(option: click.Option, context: click.Context, also: list[str]) -> list[str]:
    flags = " / ".join([*option.opts, *option.secondary_opts])
    # Room to break a long line of choices.
    metavar = "" if option.is_flag else f" {option.make_metavar(context).replace('|', ' | ')}"
    default = option.to_info_dict()["default"]
    meaning = (option.help or "").replace("<", "&lt;")
    return [_code(f"{flags}{metavar}"), _code(default), f"{meaning} ({'; '.join(also)})" if also else meaning]


def _code(cell: object) -> str:
    # A vertical line would end the table's cell.
    return "" if cell is None else f"`{str(cell).strip()}`".replace("|", r"\|")


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
