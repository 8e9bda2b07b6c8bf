"""``tunebench compare``."""

import json
from pathlib import Path

import click

from tunebench.cli.options import option, runs_dir


@click.command(
    epilog="\b\nExamples:\n"
    "  tunebench compare\n"
    "  tunebench compare runs/cifar10/cnn3 runs/cifar10/mobilenet_v2 --out reports/two.html"
)
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path), metavar="[RUN]...")
@runs_dir
@option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("reports/comparison.html"),
    show_default=True,
    help="The page to write; the same figures as JSON and CSV are written beside it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def compare(*, runs: tuple[Path, ...], runs_dir: Path, out: Path, as_json: bool) -> None:
    """Compare runs: accuracy against training time, on one page.

    RUN is a run's folder, such as runs/cifar10/cnn3; without one, all runs in the runs folder are compared.
    """
    from tunebench import report  # noqa: PLC0415 (a second of imports that no other command needs)

    written = report.compare(runs, runs_dir, out)
    for problem in written.comparison.problems:
        click.echo(f"Warning: {report.formats.clean(problem)}", err=True)
    if as_json:
        click.echo(json.dumps(report.tables.document(written.comparison), indent=2, ensure_ascii=False))
    else:
        click.echo(f"{report.terminal.text(written.comparison)}\n\nThe page: {written.page}")
