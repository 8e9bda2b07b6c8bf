"""``tunebench predict``."""

import sys
import time
from typing import Any

import click

from tunebench.cli.main import INTERRUPTED
from tunebench.cli.options import model_seed, output_format, own, shared, trust_code
from tunebench.data_options import DataOptions
from tunebench.option_kinds import SWITCH, whole
from tunebench.progress import choose
from tunebench.progress.lines import LineProgress
from tunebench.use import library


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench predict runs/photos/cnn3 holiday/ --top 3\n"
    "  tunebench predict runs/photos/cnn3 holiday/ --format csv > classes.csv\n"
    "  find . -name '*.jpg' -print0 | tunebench predict runs/photos/cnn3 -"
)
@click.argument("run")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@own("--top", whole(1), "Print the N most probable classes of each image.", 1)
@output_format("table", "csv", "json")
@model_seed
@own(
    "--ensemble",
    SWITCH,
    "Use the models of all seeds; the probabilities are their mean.",
    default=False,
    in_environment=False,
)
@shared(DataOptions, "strict", "Stop at a file that cannot be used, instead of skipping it.")
@trust_code
def predict(
    *,
    run: str,
    paths: tuple[str, ...],
    top: int,
    format: Any,  # noqa: A002 (the option's name)
    **settings: Any,
) -> None:
    """Predict the classes of images with a run's model.

    RUN is a run's folder, such as runs/cifar10/cnn3, or an exported model. PATH is an image, a folder of them
    at any depth, or - for a list of paths on standard input. A folder that holds folders with the names of
    classes is scored as well.
    """
    from tunebench.use.image_paths import read_list  # noqa: PLC0415 (slow to import)
    from tunebench.use.prediction_text import prediction_lines, summary_lines  # noqa: PLC0415 (the same)

    # A live display draws over results in the same terminal, and replaces sys.stdout meanwhile.
    results = sys.stdout
    progress = LineProgress(sys.stderr) if results.isatty() else choose()
    given: list[str] = []
    try:
        for path in paths:
            given += read_list(sys.stdin.buffer) if path == "-" else [path]
        found = library.predict(run, *given, **settings, progress=progress)
        started = time.monotonic()
        for line in prediction_lines(found, format, top):
            click.echo(line, file=results)
    except KeyboardInterrupt:
        click.echo("Interrupted. The results above are complete; the rest was not predicted.", err=True)
        sys.exit(INTERRUPTED)
    for line in summary_lines(found, time.monotonic() - started):
        click.echo(line, err=True)
