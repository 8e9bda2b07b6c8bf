"""``tunebench compare``."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from tunebench import api
from tunebench.cli.options import option, runs_dir
from tunebench.progress import choose

INTERRUPTED = 130


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench compare\n"
    "  tunebench compare runs/cifar10/cnn3 runs/cifar10/mobilenet_v2 --out reports/two.html\n"
    "  tunebench compare --retime 3"
)
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="[RUN]...")
@runs_dir
@option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("reports/comparison.html"),
    show_default=True,
    help="The page to write; the same figures are written next to it as JSON and CSV.",
)
@option(
    "--figures",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also write every chart to this folder, as SVG and PNG.",
)
@option(
    "--gallery/--no-gallery",
    default=True,
    show_default=True,
    help="Show the most confident errors of each model on the page.",
)
@option(
    "--retime",
    type=click.IntRange(min=1),
    metavar="N",
    help="First train each winner again N times, interleaving the models, and compare these times: for runs "
    "made on different days or machines. This runs the code of your own spaces.",
)
@option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="With --retime: folder of the data. Default: the folder that each run used.",
)
@option(
    "--format",
    "style",
    type=click.Choice(["text", "markdown", "csv", "json"]),
    default="text",
    show_default=True,
    help="What to print; markdown is for a pull request or a README.",
)
@click.option("--json", "style", flag_value="json", help="The same as --format json.")
def compare(
    *,
    runs: tuple[Path, ...],
    figures: Path | None,
    style: str,
    retime: int | None,
    **settings: Any,
) -> None:
    """Compare runs: accuracy against training time, on one page.

    RUN is a run's folder, such as runs/cifar10/cnn3. By default, all runs in the runs folder are compared.
    """
    from tunebench import report  # noqa: PLC0415 (slow to import)

    try:
        written = api.compare(*runs, retime=retime, **settings, progress=choose())
    except KeyboardInterrupt:
        if retime is None:
            raise
        click.echo(
            "Interrupted. Finished repeats are kept and `tunebench compare` shows them; "
            "running the same command again repeats all timings.",
            err=True,
        )
        sys.exit(INTERRUPTED)
    for problem in written.comparison.problems:
        click.echo(f"Warning: {report.formats.clean(problem)}", err=True)
    if figures is not None:
        report.write_figures(written.comparison, figures)
    click.echo(_text(report, written, style))


def _text(report: Any, written: Any, style: str) -> str:
    if style == "json":
        return json.dumps(report.tables.document(written.comparison), indent=2, ensure_ascii=False)
    if style == "csv":
        return str(report.tables.csv_text(written.comparison)).rstrip()
    if style == "markdown":
        return str(report.markdown.text(written.comparison))
    return f"{report.terminal.text(written.comparison)}\n\nThe page: {written.page}"
