"""``tunebench train``."""

from typing import Any

import click

from tunebench import api
from tunebench.cli.options import Assignment, data_options, option, run_options
from tunebench.cli.result import command_line, print_run
from tunebench.progress import choose


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench train cnn3\n"
    "  tunebench train cnn3 --dataset digits --epochs 20 --seeds 1\n"
    "  tunebench train cnn3 --set units=256 --set batch_norm=true --name cnn3-wide",
)
@click.argument("space")
@data_options
@option(
    "--set",
    "assignments",
    type=Assignment(),
    multiple=True,
    help="A hyperparameter's value in place of its default; may be repeated.",
)
@option("--epochs", type=click.IntRange(min=1), help="Epochs at most. Default: what the space says.")
@option(
    "--patience",
    type=click.IntRange(min=1),
    help="Epochs without a better validation accuracy after which training stops. Default: never.",
)
@run_options
def train(*, space: str, assignments: tuple[tuple[str, str], ...], as_json: bool, **settings: Any) -> None:
    """Train SPACE's default model, the baseline that a search has to beat, and test it.

    The defaults of the spaces that come with tunebench are the deck's models.
    """
    run = api.train(
        space,
        hyperparameters=dict(assignments),
        **settings,
        progress=choose(),
        command=command_line(),
    )
    print_run(run, as_json=as_json)
