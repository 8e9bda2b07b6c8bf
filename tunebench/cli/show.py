"""``tunebench show``."""

from pathlib import Path
from typing import Any

import click


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench show runs/cifar10/cnn3\n"
    "  tunebench show runs/cifar10/cnn3 --format csv > trials.csv"
)
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "csv", "json", "markdown"]),
    default="table",
    show_default=True,
    envvar="TUNEBENCH_FORMAT",
    show_envvar=True,
    help="How to print them.",
)
def show(*, run: Path, style: Any) -> None:
    """Print the trials of a run: what each tried, how it scored and how long it took.

    RUN is a run's folder, such as runs/cifar10/cnn3.
    """
    from tunebench.report.trial_list import trials_text  # noqa: PLC0415 (a second of imports)
    from tunebench.runs import read_run  # noqa: PLC0415 (the same)

    found = read_run(run)
    if found.record.search is None:
        click.echo(f"{run} is a baseline: nothing was tuned, so there are no trials.", err=True)
    click.echo(trials_text(found, style))
