"""Write a comparison as an HTML page, with the same figures as JSON and CSV next to it."""

import contextlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tunebench.comparison import Comparison, compare_runs
from tunebench.errors import RunFolderError
from tunebench.files import make_folder, write_atomically
from tunebench.options import WITHIN
from tunebench.plain_text import clean, json_text
from tunebench.report import formats, markdown, notebook, tables, terminal
from tunebench.report.figures import write_figures
from tunebench.report.page import render
from tunebench.report.view import page_view
from tunebench.runs import Selection, run_folder

if TYPE_CHECKING:
    import pandas as pd


__all__ = [
    "Report",
    "formats",
    "markdown",
    "prepare",
    "tables",
    "terminal",
    "write",
    "write_figures",
]


# At the beginning of every page, JSON and CSV file that tunebench wrote.
_MARKS = (
    b"""content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-""",
    b'"format_version": 1,\n  "problems"',
    b"dataset,",
)
_MARK_WITHIN = 1000


@dataclass(frozen=True, eq=False)
class Report:
    """A comparison and its files.

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

    def __repr__(self) -> str:
        number = sum(len(section.models) for section in self.comparison.sections)
        return f"<Report {clean(str(self.page))}: {formats.counted(number, 'model')}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return notebook.comparison_html(self.comparison, str(self.page))

    @cached_property
    def table(self) -> "pd.DataFrame":
        """A row per model of all data sets and sizes, as in the CSV file; its columns name them."""
        return tables.frame(self.comparison)

    @cached_property
    def pairs(self) -> "pd.DataFrame":
        """A row per pair of models, with its difference, intervals, p-values and verdict."""
        return tables.pairs_frame(self.comparison)


def prepare(out: Path) -> None:
    """Check that the page can be written, before time is spent. No folder that this creates is left behind.

    Raises:
        RunFolderError: The folder cannot be created, ``out`` is not a valid name for a page, or a file that
            tunebench did not write is in the way.
    """
    if out.suffix.lower() not in {".html", ".htm"}:
        raise RunFolderError(
            f"The page cannot be written to {out}. Expected a name that ends in .html; "
            "the JSON and CSV files use the same name with their own extensions."
        )
    if out.with_suffix(".json").name.lower() == run_folder.RECORD:
        raise RunFolderError(
            f"The page cannot be written to {out}: its JSON file would be named {run_folder.RECORD}, the "
            "name of a run's record. Choose another name."
        )
    _check_replaceable(out)
    missing = [each for each in (out.parent, *out.parent.parents) if not each.exists()]
    make_folder(out.parent)
    # Another program may have written to them meanwhile.
    with contextlib.suppress(OSError):
        for each in missing:
            each.rmdir()


def _check_replaceable(out: Path) -> None:
    """Refuse to overwrite what is not an earlier report."""
    for path, mark in zip(_files(out), _MARKS, strict=True):
        if path.exists() and not _starts_with(path, mark):
            raise RunFolderError(
                f"{path} exists and is not of an earlier report, so it is not overwritten. Choose another "
                "name for the page, or move the file away."
            )


def _files(out: Path) -> tuple[Path, Path, Path]:
    return out, out.with_suffix(".json"), out.with_suffix(".csv")


def _starts_with(path: Path, mark: bytes) -> bool:
    """Whether the first lines of a file hold what a report's have."""
    with contextlib.suppress(OSError):
        if path.is_file():
            with path.open("rb") as file:
                return mark in file.read(_MARK_WITHIN)
    return False


def write(selection: Selection, out: Path, *, gallery: bool = True, within: float = WITHIN) -> Report:
    """Compare runs and write the report.

    Args:
        selection: The runs.
        out: The HTML file to write; the JSON and CSV files get its stem. Its folder is created if missing.
        gallery: Whether the page shows the models' most confident errors.
        within: See :class:`tunebench.comparison.Section`.

    Returns:
        The report.

    Raises:
        RunFolderError: A file cannot be written.
    """
    prepare(out)
    comparison = compare_runs(selection, within, out)
    document = tables.document(comparison)
    page = render(page_view(comparison, gallery=gallery), document)
    report = Report(comparison, *_files(out))
    make_folder(out.parent)
    write_atomically(report.json, _encoded(json_text(document) + "\n"))
    write_atomically(report.csv, _encoded(tables.csv_text(comparison)))
    write_atomically(report.page, _encoded(page))
    return report


def _encoded(text: str) -> bytes:
    """UTF-8; bytes of a folder's name that are not valid UTF-8 are replaced."""
    return text.encode(errors="replace")
