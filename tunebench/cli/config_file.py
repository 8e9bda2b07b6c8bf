"""``tunebench.toml``: values of options for the commands that are run in a folder.

The command line and the environment come first. A file sets what an environment variable can set, so nothing
that destroys can be left in it.
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from tunebench.cli.options import KindType
from tunebench.errors import TunebenchError, did_you_mean
from tunebench.home import expand
from tunebench.option_kinds import ASSIGNMENT, SWITCH
from tunebench.plain_text import clean

_LARGEST = 10**6

Options = Mapping[str, click.Option]


def use(ctx: click.Context, group: click.Group, path: Path) -> None:
    """Take defaults from a file, and say which.

    Args:
        ctx: The group's context.
        group: Has the commands.
        path: The file.

    Raises:
        TunebenchError: It cannot be read, a name is unknown, or a value is not valid.
    """
    file = clean(str(path))
    place = expand(path)
    if place.exists() and (not place.is_file() or place.stat().st_size > _LARGEST):
        raise TunebenchError(
            f"The configuration file {file} is not a file of at most 1 MB. Expected a TOML file."
        )
    try:
        content = tomllib.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise TunebenchError(
            f"The configuration file {file} cannot be read: {error.strerror}. Expected a TOML file."
        ) from error
    except (ValueError, RecursionError) as error:
        raise TunebenchError(f"{file} is not TOML: {error}. Expected lines such as trials = 5.") from error
    names = group.list_commands(ctx)
    commands = {name: _options(group.get_command(ctx, name)) for name in names}
    ctx.default_map = _defaults(content, commands, file)
    command = ctx.invoked_subcommand or ""
    taken = [each.opts[0] for each in commands[command].values() if each.name in ctx.default_map[command]]
    if taken:
        click.echo(f"Options from {file}: {', '.join(taken)}.", err=True)


def _options(command: click.Command | None) -> Options:
    """A command's options, by the name of their flag."""
    parameters = [] if command is None else command.params
    return {_plain(each.opts[0]): each for each in parameters if isinstance(each, click.Option)}


def _plain(name: str) -> str:
    return name.removeprefix("--").replace("-", "_")


def _defaults(
    content: Mapping[str, Any], commands: Mapping[str, Options], file: str
) -> dict[str, dict[str, Any]]:
    """Each command's values by parameter; a command's own table comes before what holds for all commands."""
    general = {name: value for name, value in content.items() if name not in commands}
    settable = [
        {name: option for name, option in options.items() if option.envvar is not None}
        for options in commands.values()
    ]
    # Of one name, such as --seed, a file may set the option of some commands and not that of others.
    known = {name: option for each in (*commands.values(), *settable) for name, option in each.items()}
    for name in general:
        _find(name, known, file, "any command", [*known, *commands])
    found = {}
    for (command, options), may_be_shared in zip(commands.items(), settable, strict=True):
        own = content.get(command, {})
        if not isinstance(own, dict):
            raise TunebenchError(f"{file}: {command} = {own!r} is not valid. Expected a table, [{command}].")
        shared = {name: value for name, value in general.items() if _plain(name) in may_be_shared}
        found[command] = {
            str(option.name): _value(option, value, f"{file}: {at}{name}")
            for at, table in (("", shared), (f"{command}.", own))
            for name, value in table.items()
            for option in [_find(name, options, file, f"tunebench {command}", options)]
        }
    return found


def _find(name: str, options: Options, file: str, whose: str, near: Iterable[str]) -> click.Option:
    """The option of that name, if a file may set it; otherwise the error names one of those that are near."""
    option = options.get(_plain(name))
    if option is None:
        hint = did_you_mean(_plain(name), near) or "A command's --help lists its options."
        raise TunebenchError(f"{file}: {name} is not an option of {whose}. {hint.strip()}")
    if option.envvar is None:
        raise TunebenchError(
            f"{file}: {name} cannot be set in a file. Remove it; {option.opts[0]} works on the command line."
        )
    return option


def _value(option: click.Option, value: Any, where: str) -> Any:
    """The value as click converts it, checked here, so that the message names the file."""
    kind = option.type.kind if isinstance(option.type, KindType) else SWITCH
    if kind is ASSIGNMENT:
        if isinstance(value, dict):
            return [f"{name}={each}" for name, each in value.items()]
        raise TunebenchError(f"{where} = {value!r} is not valid. Expected a table, such as {{units = 256}}.")
    try:
        kind.read(value)
    except (TypeError, ValueError, OSError) as error:
        raise TunebenchError(f"{where} = {value!r} is not valid. {kind.why_not(value)}") from error
    return value
