"""``tunebench compare``."""

import sys
from pathlib import Path
from typing import Any

import click

from tunebench import api
from tunebench.cli.main import INTERRUPTED
from tunebench.cli.options import output_format, own, runs_dir, shared
from tunebench.cli.result import command_line, print_report
from tunebench.data_options import DataOptions
from tunebench.errors import TunebenchError
from tunebench.option_kinds import FILE, FOLDER, POINTS, SWITCH, whole
from tunebench.options import WITHIN
from tunebench.plain_text import clean
from tunebench.progress import choose


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench compare\n"
    "  tunebench compare runs/cifar10/cnn3 runs/cifar10/mobilenet_v2 --out reports/two.html\n"
    "  tunebench compare --retime 3"
)
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="[RUN]...")
@runs_dir
@own(
    "--out",
    FILE,
    "The page to write; the same figures are written beside it as JSON and CSV.",
    Path("reports/comparison.html"),
)
@own("--figures", FOLDER, "Also write every chart to this folder, as SVG and PNG.")
@own("--gallery", SWITCH, "Show the most confident errors of each model on the page.", default=True)
@own(
    "--within",
    POINTS,
    "When time matters, recommend the fastest model that is at most this much worse than the best one.",
    WITHIN,
)
@own(
    "--retime",
    whole(1),
    "First train each winner again N times, interleaving the models, and compare these times: for runs made "
    "on different days or machines. They replace the recorded times. This runs the code of your own spaces.",
)
@own("--yes", SWITCH, "With --retime: run that code without asking.", default=False, in_environment=False)
@shared(DataOptions, "data_dir", "With --retime: the folder of the data. Default: where each run found it.")
@output_format("text", "markdown", "csv", "json")
@click.option("--json", "format", flag_value="json", help="The same as --format json.")
def compare(
    *,
    runs: tuple[Path, ...],
    figures: Path | None,
    format: str,  # noqa: A002 (the option's name)
    retime: int | None,
    yes: bool,
    **settings: Any,
) -> None:
    """Compare runs: accuracy against training time, on one page.

    RUN is a run's folder, such as runs/cifar10/cnn3, or a folder of runs, such as runs/cifar10. By default,
    all runs in the runs folder are compared, those of a study only if there are no others.
    """
    from tunebench import report  # noqa: PLC0415 (slow to import)

    try:
        written = api.compare(
            *runs,
            retime=retime,
            may_import=None if yes else _ask,
            command=command_line(),
            **settings,
            progress=choose(),
        )
    except KeyboardInterrupt:
        if retime is None:
            raise
        click.echo(
            "Interrupted. Finished repeats are kept and `tunebench compare` shows them; "
            "running the same command again repeats all timings.",
            err=True,
        )
        sys.exit(INTERRUPTED)
    if figures is not None:
        report.write_figures(written.comparison, figures)
    print_report(written, format)


def _ask(code: list[str]) -> bool:
    """Ask whether these files may be imported.

    Raises:
        TunebenchError: Nobody can be asked.
    """
    if not sys.stdin.isatty():
        raise TunebenchError(
            f"Nothing was timed again, because that would run the code of {', '.join(code)}. Use --yes if "
            "you trust it."
        )
    click.echo("Timing the models again runs the code of these files:", err=True)
    for file in code:
        click.echo(f"  {clean(file)}", err=True)
    return click.confirm("Run them? Allow it only if you trust them.", err=True)
