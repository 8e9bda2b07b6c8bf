"""Options of the command line, made from their declarations in :mod:`tunebench.options`."""

import dataclasses
from collections.abc import Callable, Container
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from tunebench.data_options import DataOptions
from tunebench.option_kinds import (
    ASSIGNMENT,
    ASSIGNMENTS,
    DATASET,
    FILE,
    FOLDER,
    SWITCH,
    Declaration,
    Kind,
    declarations,
    one_of,
    variable,
    whole,
)
from tunebench.options import LARGEST_SEED, FinalOptions

Command = TypeVar("Command", bound=Callable[..., Any])


class KindType(click.ParamType[Any]):
    """Reads an option's text as its kind does; wrong text is wrong usage.

    Args:
        kind: What the option accepts.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.name = kind.metavar

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the option's text; a default is a value already."""
        try:
            return self.kind.read(value)
        except (TypeError, ValueError):
            message = f"{str(value)!r} is not valid. {self.kind.why_not(value)}"
            # click would also name the environment variable, even if it was not used.
            hint = None if param is None else f"'{param.opts[0]}'"
            raise click.BadParameter(message, ctx, param, hint) from None

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """The option's words, or that the shell completes a path."""
        del ctx, param
        if self.kind in {FILE, FOLDER, DATASET}:
            return [CompletionItem(incomplete, type="dir" if self.kind is FOLDER else "file")]
        return [CompletionItem(word) for word in self.kind.choices if word.startswith(incomplete)]


def option(name: str, declared: Declaration, default: Any) -> Callable[[Command], Command]:
    """A click option with its environment variable named in the help."""
    flag = declared.flag or ""
    settings: dict[str, Any] = {"default": default, "help": declared.help, "envvar": variable(declared)}
    if declared.kind is SWITCH and not default:
        settings["is_flag"] = True
    elif declared.kind is SWITCH:
        flag = f"{flag}/--no-{flag.removeprefix('--')}"
    elif declared.kind is ASSIGNMENTS:
        settings |= {"multiple": True, "type": KindType(ASSIGNMENT), "metavar": ASSIGNMENT.metavar}
    else:
        settings |= {"type": KindType(declared.kind), "metavar": declared.kind.metavar}
    return click.option(flag, name, show_envvar=True, show_default=default is not None, **settings)


def options_of(options: type, leave_out: Container[str] = ()) -> Callable[[Command], Command]:
    """All options of a class, except those named, as one decorator."""

    def decorate(command: Command) -> Command:
        for name, (declared, default) in reversed(declarations(options).items()):
            if declared.flag and name not in leave_out:
                command = option(name, declared, default)(command)
        return command

    return decorate


def shared(options: type, name: str, help: str | None = None) -> Callable[[Command], Command]:  # noqa: A002 (click's word)
    """One option of a class, for another command; its help may differ there."""
    declared, default = declarations(options)[name]
    if help is not None:
        declared = dataclasses.replace(declared, help=help)
    return option(name, declared, default)


def own(
    flag: str,
    kind: Kind,
    help: str,  # noqa: A002 (click's word)
    default: Any = None,
    *,
    in_environment: bool = True,
) -> Callable[[Command], Command]:
    """An option of one command."""
    declared = Declaration(kind, help, flag, in_environment=in_environment, must_agree=False)
    return option(flag.removeprefix("--").replace("-", "_"), declared, default)


def output_format(*choices: str) -> Callable[[Command], Command]:
    """``--format``, the first by default; no environment variable, as each command has its own formats."""
    return own("--format", one_of(*choices), "How the result is printed.", choices[0], in_environment=False)


data_dir = shared(DataOptions, "data_dir", "The folder in which to look for the data.")
backbone = shared(FinalOptions, "backbone")
runs_dir = shared(FinalOptions, "runs_dir")
as_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
model_seed = own(
    "--seed",
    whole(0, LARGEST_SEED),
    "Use the run's model of this seed. Default: its first one.",
    in_environment=False,
)
trust_code = own(
    "--trust-code",
    SWITCH,
    "If the model has layers of the run's own space: run the code of that space, which defines them.",
    default=False,
    in_environment=False,
)
