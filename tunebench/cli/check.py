"""``tunebench check``."""

import json
from typing import Any

import click

from tunebench import api
from tunebench.cli.options import options_of, output_format
from tunebench.data_options import DataOptions
from tunebench.datasets.checking import Checked
from tunebench.progress import choose


@click.command(epilog="\b\nExamples:\n  tunebench check ~/photos\n  tunebench check digits --format json")
@click.argument("data", metavar="NAME|PATH")
@options_of(DataOptions, leave_out=("dataset",))
@output_format("text", "json")
def check(*, data: str, format: str, **options: Any) -> None:  # noqa: A002 (the option's name)
    """Examine a data set before a search: classes, damaged files, duplicates.

    NAME|PATH is a name from `tunebench datasets`, a folder of images, a table or an .npz file.
    """
    checked = api.check(data, **options, progress=choose())
    click.echo(json.dumps(checked.as_json(), indent=2) if format == "json" else "\n".join(_lines(checked)))


def _lines(checked: Checked) -> list[str]:
    splits = [split for split in ("train", "validation", "test") if checked.counts(split)]
    width = max(len("class"), *(len(name) for name in checked.summary.classes))
    lines = [f"{'class':{width}}" + "".join(f"{split:>12}" for split in splits)]
    for name, counts in checked.summary.classes.items():
        lines.append(f"{name:{width}}" + "".join(f"{counts.get(split, 0):12,}" for split in splits))
    total = "".join(f"{sum(checked.counts(split)):12,}" for split in splits)
    lines += [f"{'all':{width}}{total}", "", *checked.sentences()]
    return lines
