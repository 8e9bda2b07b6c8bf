"""``tunebench train``."""

from typing import Any

import click

from tunebench import api
from tunebench.cli.options import as_json, options_of
from tunebench.cli.result import command_line, print_run
from tunebench.cli.space_argument import space_argument
from tunebench.options import TrainOptions
from tunebench.progress import choose


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench train cnn3\n"
    "  tunebench train cnn3 --dataset digits --epochs 20 --seeds 1\n"
    "  tunebench train cnn3 --set units=256 --set batch_norm=true --name cnn3-wide",
)
@space_argument
@options_of(TrainOptions)
@as_json
def train(*, space: str, as_json: bool, **options: Any) -> None:
    """Train SPACE's default model, the baseline that a search has to beat, and test it.

    The defaults of the spaces that come with tunebench are the reference models.
    """
    print_run(api.train(space, **options, progress=choose(), command=command_line()), as_json=as_json)
