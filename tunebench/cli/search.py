"""``tunebench search``."""

from typing import Any

import click

from tunebench import api
from tunebench.cli.options import as_json, options_of
from tunebench.cli.result import command_line, print_run
from tunebench.cli.space_argument import space_argument
from tunebench.options import SearchOptions
from tunebench.progress import choose


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench search cnn3 --dataset digits --trials 5\n"
    "  tunebench search cnn3 --data-dir ~/data --train-size all --tuner bayesian\n"
    "  tunebench search mobilenet_v2 --backbone keras --set trainable_blocks=0\n"
    "  tunebench search ./my_space.py --trials 40 --epochs 60",
)
@space_argument
@options_of(SearchOptions)
@as_json
def search(*, space: str, as_json: bool, **options: Any) -> None:
    """Tune SPACE, then train the winner and test it.

    SPACE is a name from `tunebench spaces` or the path of a Python file. If a search was interrupted, the
    same command resumes it.
    """
    print_run(api.search(space, **options, progress=choose(), command=command_line()), as_json=as_json)
