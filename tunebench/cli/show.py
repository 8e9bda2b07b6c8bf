"""``tunebench show``."""

from pathlib import Path
from typing import Any

import click

from tunebench.cli.options import output_format, runs_dir
from tunebench.home import expand
from tunebench.plain_text import clean


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench show runs/cifar10/cnn3\n"
    "  tunebench show runs/cifar10/cnn3 --format csv > trials.csv"
)
@click.argument("run", type=click.Path(path_type=Path))
@runs_dir
@output_format("table", "csv", "json", "markdown")
def show(*, run: Path, runs_dir: Path, format: Any) -> None:  # noqa: A002 (the option's name)
    """Print the trials of a run: hyperparameters, score and duration of each.

    RUN is a run's folder, such as runs/cifar10/cnn3, or its place in the runs folder, cifar10/cnn3. Its
    search may still be running.
    """
    from tunebench.report.trial_list import trials_text  # noqa: PLC0415 (slow to import)
    from tunebench.runs import read_run, unfinished  # noqa: PLC0415 (the same)

    if not run.exists() and (stored := expand(runs_dir) / run).exists():
        run = stored
    if unfinished.is_unfinished(run):
        click.echo(clean(unfinished.so_far(run)), err=True)
        click.echo(trials_text(unfinished.read_trials(run), format))
        return
    found = read_run(run)
    if found.record.search is None:
        click.echo(f"{clean(str(run))} is a baseline without a search, so it has no trials.", err=True)
        if format in {"table", "markdown"}:
            return
    click.echo(trials_text(found.trial_records, format))
