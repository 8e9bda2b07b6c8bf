"""Reports of synthetic runs."""

from collections.abc import Iterable
from pathlib import Path

from tests.synthetic_runs import FOUR, Data, Model, write_runs
from tunebench.comparison import Section, compare_runs
from tunebench.report import Report, write
from tunebench.runs import select_runs


def write_report(runs_dir: Path, *, gallery: bool = True) -> Report:
    """Compare all runs of a folder; the page is ``page.html`` next to it."""
    return write(select_runs([], runs_dir), runs_dir.parent / "page.html", gallery=gallery)


def section_of(runs_dir: Path, models: Iterable[Model] = FOUR, data: Data | None = None) -> Section:
    """Write these runs, compare all runs of the folder and return the first section."""
    write_runs(runs_dir, models, *([data] if data else []))
    return compare_runs(select_runs([], runs_dir)).sections[0]
