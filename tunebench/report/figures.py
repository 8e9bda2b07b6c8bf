"""The charts of a comparison as files, for slides and papers."""

import re
from collections.abc import Iterator
from pathlib import Path

from matplotlib.figure import Figure

from tunebench.comparison import Comparison
from tunebench.files import make_folder, write_atomically
from tunebench.report import charts, svg


def write_figures(comparison: Comparison, folder: Path) -> list[Path]:
    """Write every chart as SVG and as PNG (216 pixels per inch).

    Args:
        comparison: What was compared.
        folder: Created if it is missing.

    Returns:
        The files.

    Raises:
        RunFolderError: A file cannot be written.
    """
    make_folder(folder)
    written = []
    for name, figure in _figures(comparison):
        for ending in ("svg", "png"):
            path = folder / f"{name}.{ending}"
            write_atomically(path, svg.image_bytes(figure, ending))
            written.append(path)
    return written


def _figures(comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    """Each chart with a file name that is unique in the comparison."""
    for number, section in enumerate(comparison.sections, start=1):
        prefix = f"{number}-{_slug(section.dataset.name)}"
        yield f"{prefix}-accuracy-time", charts.accuracy_against_time(section)
        for rank, model in enumerate(section.models, start=1):
            name = f"{prefix}-{rank}-{_slug(model.label)}"
            curves = charts.learning_curves(model)
            if curves is not None:
                yield f"{name}-learning", curves
            trials = charts.parallel_coordinates(model)
            if trials is not None:
                yield f"{name}-trials", trials
    for number, curve in enumerate(comparison.size_curves, start=1):
        yield f"data-size-{number}-{_slug(curve.dataset)}", charts.accuracy_against_size(curve)


def _slug(text: str) -> str:
    """Letters, digits, underscores and hyphens, since a run's name may contain a path."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:60] or "unnamed"
