"""``tunebench study``."""

from typing import Any

import click

from tunebench.cli.options import options_of, output_format
from tunebench.cli.result import command_line, print_report
from tunebench.progress import choose
from tunebench.studies import library
from tunebench.study_options import StudyOptions


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench study --quick --dataset digits\n"
    "  tunebench study --dataset ~/photos --spaces cnn3,mobilenet_v2 --budget 3h\n"
    "  tunebench study --only reference,data",
)
@options_of(StudyOptions)
@output_format("text", "markdown", "csv", "json")
@click.option("--json", "format", flag_value="json", help="The same as --format json.")
def study(*, dataset: str, format: str, **options: Any) -> None:  # noqa: A002 (the option's name)
    """Ask what a search, augmentation, early stopping, more images and efficiency each bring.

    Plans ordinary runs, makes them one after another and writes a page with an answer to each question. If a
    study was interrupted, the same command continues it; if it is finished, the page is written again.
    """
    written = library.study(dataset, **options, progress=choose(), command=command_line())
    print_report(written, format)
