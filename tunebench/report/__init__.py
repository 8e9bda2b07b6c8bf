"""Write a comparison: the page, and beside it the same figures as JSON and CSV."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tunebench.comparison import Comparison, compare_runs
from tunebench.errors import RunFolderError
from tunebench.files import make_folder, write_atomically
from tunebench.report import formats, markdown, tables, terminal
from tunebench.report.image_files import write_figures
from tunebench.report.page import render
from tunebench.report.view import page_view
from tunebench.runs import Selection, run_folder, select_runs

if TYPE_CHECKING:
    import pandas as pd


__all__ = [
    "Report",
    "compare",
    "formats",
    "markdown",
    "prepare",
    "tables",
    "terminal",
    "write",
    "write_figures",
]


@dataclass(frozen=True, eq=False)
class Report:
    """A comparison and the files that hold it.

    Attributes:
        comparison: The statistics.
        page: The HTML file.
        json: The figures as JSON.
        csv: The models as CSV.
    """

    comparison: Comparison
    page: Path
    json: Path
    csv: Path

    @cached_property
    def table(self) -> "pd.DataFrame":
        """A row per model, as in the CSV file."""
        return tables.frame(self.comparison)

    @cached_property
    def pairs(self) -> "pd.DataFrame":
        """A row per pair of models, with its difference, intervals, p-values and verdict."""
        return tables.pairs_frame(self.comparison)


def compare(runs: Sequence[Path], runs_dir: Path, out: Path, *, gallery: bool = True) -> Report:
    """Compare runs and write the report.

    Args:
        runs: Run folders or their ``run.json``; when there are none, all runs below ``runs_dir``.
        runs_dir: The runs folder.
        out: The HTML file to write; the JSON and CSV files get its stem.
        gallery: Whether the page shows the models' most confident errors.

    Returns:
        The report.

    Raises:
        RunError: Nothing is left to compare, or the report cannot be written.
    """
    return write(select_runs(runs, runs_dir), out, gallery=gallery)


def prepare(out: Path) -> None:
    """Make the page's folder, so that what cannot be written is known before anything costs time.

    Raises:
        RunFolderError: The folder cannot be written, or the name is no page's.
    """
    if out.suffix.lower() not in {".html", ".htm"}:
        raise RunFolderError(
            f"The page cannot be written to {out}. Expected a name that ends in .html; "
            "the JSON and CSV files take the same name with their own ending."
        )
    if out.with_suffix(".json").name.lower() == run_folder.RECORD:
        raise RunFolderError(
            f"The page cannot be written to {out}: its JSON file would be called {run_folder.RECORD}, as the "
            "record of a run is. Choose another name."
        )
    make_folder(out.parent)


def write(selection: Selection, out: Path, *, gallery: bool = True) -> Report:
    """Compare runs that were read, and write the report.

    Args:
        selection: The runs.
        out: The HTML file to write; its folder is made where it is missing.
        gallery: Whether the page shows the models' most confident errors.

    Returns:
        The report.

    Raises:
        RunFolderError: A file cannot be written.
    """
    prepare(out)
    comparison = compare_runs(selection)
    document = tables.document(comparison)
    page = render(page_view(comparison, gallery=gallery), document)
    report = Report(comparison, out, out.with_suffix(".json"), out.with_suffix(".csv"))
    write_atomically(
        report.json, _encoded(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    )
    write_atomically(report.csv, _encoded(tables.csv_text(comparison)))
    write_atomically(report.page, _encoded(page))
    return report


def _encoded(text: str) -> bytes:
    """As UTF-8; the name of a folder may hold bytes that are none."""
    return text.encode(errors="replace")
