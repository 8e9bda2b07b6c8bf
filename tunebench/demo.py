"""``python -m tunebench.demo``: tune every model on the bundled digits and write a report, in minutes."""

import os
import sys
import time
from pathlib import Path

import click

from tunebench import api
from tunebench.errors import BackboneError, TunebenchError
from tunebench.progress import Progress, choose, duration

CNNS = ("cnn1", "cnn2", "cnn3")
TRANSFER = "mobilenet_v2"
OUT = Path("reports/demo.html")
RUNS_DIR = Path("runs/demo")
# The transfer model sees each image at 224×224, so it gets only some of them.
_TRAIN_SIZE = 600
_TEST_SIZE = 250


def main() -> int:
    """Search, compare, and print the path of the report.

    Returns:
        The exit status: 0, or 1 after an error.
    """
    began, progress = time.monotonic(), choose()
    try:
        left_out = demonstrate(progress)
        report = api.compare(runs_dir=RUNS_DIR, out=OUT)
    except TunebenchError as error:
        click.echo(f"Error: {error}", err=True)
        return 1
    if left_out:
        click.echo(f"Skipped: {TRANSFER}. {left_out}")
    click.echo(f"The report is {report.page}. It took {duration(time.monotonic() - began)}.")
    return 0


def demonstrate(progress: Progress) -> str | None:
    """Tune the three CNN depths on digits, and the transfer model if its weights are available.

    Returns:
        Why the transfer model was left out; ``None`` if it was not.
    """
    for space in CNNS:
        progress.note(f"{space} on digits")
        _search(space, progress)
    progress.note(f"{TRANSFER} on digits")
    try:
        _search(TRANSFER, progress)
    except BackboneError as error:
        return str(error)
    return None


def _search(space: str, progress: Progress) -> None:
    api.search(
        space,
        dataset="digits",
        train_size=_TRAIN_SIZE,
        test_size=_TEST_SIZE,
        trials=4,
        epochs=8,
        patience=3,
        seeds=3,
        backbone=os.environ.get("TUNEBENCH_BACKBONE"),
        runs_dir=RUNS_DIR,
        fresh=True,
        progress=progress,
        command="make demo",
    )


if __name__ == "__main__":
    sys.exit(main())
