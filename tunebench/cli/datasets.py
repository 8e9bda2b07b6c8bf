"""``tunebench datasets``."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from tunebench.cli.options import as_json, data_dir
from tunebench.datasets import catalogue


@click.command(epilog="\b\nExample:\n  tunebench datasets --data-dir ~/data")
@data_dir
@as_json
def datasets(*, data_dir: Path | None, as_json: bool) -> None:
    """List the data sets, and where each is or how to get it."""
    entries = catalogue(data_dir)
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in entries], indent=2, default=str))
        return
    width = max(len(entry.name) for entry in entries)
    for entry in entries:
        state = "here" if entry.available else "not here"
        click.echo(f"{entry.name:{width}}  {entry.summary} ({entry.num_classes} classes)")
        click.echo(f"{'':{width}}  {state}: {entry.folder or 'comes with scikit-learn'}")
        if not entry.available:
            click.echo(f"{'':{width}}  {entry.how_to_get}")
