"""The library: ``compare``, from finished runs to the page, timing them again where that is wanted."""

from pathlib import Path
from typing import TYPE_CHECKING

from tunebench import arguments
from tunebench.progress import Progress, SilentProgress
from tunebench.runs import select_runs
from tunebench.runtime import import_keras

if TYPE_CHECKING:
    from tunebench.report import Report


def compare(
    *runs: str | Path,
    runs_dir: str | Path = "runs",
    out: str | Path = "reports/comparison.html",
    gallery: bool = True,
    retime: int | None = None,
    data_dir: str | Path | None = None,
    progress: Progress | None = None,
) -> "Report":
    """Compare runs: accuracy against training time, on one page with the same figures beside it.

    Args:
        runs: Run folders; without one, all runs below ``runs_dir`` are compared.
        runs_dir: The runs folder.
        out: The HTML file to write; the JSON and CSV files take its stem.
        gallery: Whether the page shows the models' most confident errors.
        retime: First train each winner again so many times, the models in turns, and compare these times.
            That runs the runs' own spaces, which are Python code: time only runs that you trust.
        data_dir: Where the data lies for that; ``None``: where each run found it.
        progress: Told what happens; ``None``: nobody.

    Returns:
        The report; its ``table`` is a pandas DataFrame.

    Raises:
        RunError: Nothing is left to compare, or the report cannot be written.
        TunebenchError: No winner can be trained again.
    """
    from tunebench import report  # noqa: PLC0415 (imports matplotlib)

    arguments.check_counts(retime=retime)
    page = Path(out).expanduser()
    report.prepare(page)
    selection = select_runs([Path(run).expanduser() for run in runs], Path(runs_dir).expanduser())
    if retime is not None:
        import_keras()
        from tunebench import retiming  # noqa: PLC0415 (after Keras has its settings)

        selection = retiming.retime(
            selection, retime, None if data_dir is None else Path(data_dir), progress or SilentProgress()
        )
    return report.write(selection, page, gallery=gallery)
