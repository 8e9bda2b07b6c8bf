"""``tunebench new``."""

import shlex
from pathlib import Path

import click

from tunebench.cli.options import own
from tunebench.home import expand, typed
from tunebench.option_kinds import FOLDER
from tunebench.spaces.start import write_start


@click.command(epilog="\b\nExamples:\n  tunebench new my_space\n  tunebench new my_space --out spaces")
@click.argument("name")
@own("--out", FOLDER, "The folder to write it to.", Path(), in_environment=False)
def new(*, name: str, out: Path) -> None:
    """Write NAME.py, a commented space to start from.

    It is a small network with a few hyperparameters, which runs as it is; its comments say what a space has
    to do. A file of that name is not overwritten.
    """
    path = shlex.quote(typed(write_start(name, expand(out))))
    click.echo(
        f"{path} is written. Next:\n"
        f"  tunebench check {path} --dataset digits\n"
        f"  tunebench search {path} --dataset digits --trials 5"
    )
