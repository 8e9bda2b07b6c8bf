"""Options that several commands share; each can also be set by an environment variable."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from tunebench import arguments, choices
from tunebench.api import DEFAULT_SEEDS

Command = TypeVar("Command", bound=Callable[..., Any])


class SizeType(click.ParamType[int | str]):
    """A number of images, or ``all``."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Read the option's text."""
        if value == "all":
            return "all"
        return click.IntRange(min=1).convert(value, param, ctx)


class DurationType(click.ParamType[float]):
    """A duration such as ``90s``, ``30m`` or ``1h30m``, in seconds; a bare number is seconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the option's text."""
        text = str(value).strip().lower()
        match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?|(\d+(?:\.\d+)?)", text, re.ASCII)
        seconds = 0.0
        if match is not None:
            hours, minutes, rest, alone = (float(part or 0) for part in match.groups())
            seconds = 3600 * hours + 60 * minutes + rest + alone
        if not 0 < seconds < math.inf:
            self.fail(f"{value!r} is no time above 0. Write it as 90s, 30m or 1h30m.", param, ctx)
        return seconds


class Assignment(click.ParamType[tuple[str, str]]):
    """``name=value``."""

    name = "NAME=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split the option's text."""
        name, sign, given = str(value).partition("=")
        if not sign or not name:
            self.fail(f"{value!r} is not of the form name=value, such as units=256.", param, ctx)
        return name, given


def option(
    name: str,
    *names: str,
    help: str,  # noqa: A002 (click's word)
    **settings: Any,
) -> Callable[[Command], Command]:
    """A click option with its environment variable, ``TUNEBENCH_…``, named in the help."""
    long = name.partition("/")[0]
    variable = f"TUNEBENCH_{long.removeprefix('--').replace('-', '_').upper()}"
    return click.option(name, *names, envvar=variable, show_envvar=True, help=help, **settings)


def together(*decorators: Callable[[Any], Any]) -> Callable[[Command], Command]:
    """Several options as one decorator, shown in the given order."""

    def decorate(command: Command) -> Command:
        for decorator in reversed(decorators):
            command = decorator(command)
        return command

    return decorate


runs_dir = option(
    "--runs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    help="The folder of runs.",
)

data_options = together(
    option(
        "--dataset", metavar="NAME", default="cifar10", show_default=True, help="See `tunebench datasets`."
    ),
    option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where the data lies, such as the folder that holds cifar-10-batches-py; without it the data is "
        "downloaded into the user's cache.",
    ),
    option(
        "--train-size",
        type=SizeType(),
        metavar="N|all",
        help="The first so many training images. Default: 10000 of cifar10, else all.",
    ),
    option(
        "--test-size",
        type=SizeType(),
        metavar="N|all",
        help="The first so many test images. Default: 2000 of cifar10, else all.",
    ),
)

run_options = together(
    option(
        "--seeds",
        type=click.IntRange(min=1),
        default=DEFAULT_SEEDS,
        show_default=True,
        help="Final trainings.",
    ),
    option(
        "--seed",
        type=click.IntRange(min=0, max=arguments.LARGEST_SEED),
        default=0,
        show_default=True,
        help="Everything random follows from it.",
    ),
    option(
        "--precision",
        type=click.Choice(choices.PRECISIONS),
        default="float32",
        show_default=True,
        help="Keras' dtype policy. auto times training steps and takes a faster one that trains as well as "
        "float32; remembered for the space and the machine.",
    ),
    option(
        "--backbone",
        metavar="HANDLE",
        help="Pretrained weights of a transfer model: a TF Hub URL, a SavedModel folder, a Keras weights "
        "file (*.weights.h5), or `keras`. Default: TF Hub's MobileNet_v2.",
    ),
    option(
        "--cache/--no-cache",
        default=True,
        show_default=True,
        help="Keep the features of frozen networks for the next command.",
    ),
    runs_dir,
    option("--name", help="The run's name in the runs folder. Default: the space's."),
    option("--json", "as_json", is_flag=True, help="Print the run's record as JSON."),
)
