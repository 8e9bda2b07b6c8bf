"""The pictures of a comparison as files, for slides and papers."""

import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from tunebench.comparison import Comparison
from tunebench.files import make_folder, write_atomically
from tunebench.report import charts, svg

_PIXELS_PER_INCH = 216


def figures(comparison: Comparison) -> Iterator[tuple[str, Figure]]:
    """The pictures of a comparison.

    Args:
        comparison: What was compared.

    Yields:
        A name fit for a file, unique in the comparison, and the figure.
    """
    for number, section in enumerate(comparison.sections, start=1):
        prefix = f"{number}-{_slug(section.dataset.name)}"
        yield f"{prefix}-accuracy-time", charts.accuracy_against_time(section, 560, 370)
        for rank, model in enumerate(section.models, start=1):
            name = f"{prefix}-{rank}-{_slug(model.label)}"
            curves = charts.learning_curves(model, 360, 230)
            if curves is not None:
                yield f"{name}-learning", curves
            trials = charts.parallel_coordinates(model, 720, 280)
            if trials is not None:
                yield f"{name}-trials", trials
    for number, curve in enumerate(comparison.size_curves, start=1):
        yield f"data-size-{number}-{_slug(curve.dataset)}", charts.accuracy_against_size(curve, 560, 320)


def write_figures(comparison: Comparison, folder: Path) -> list[Path]:
    """Write every picture as SVG and as PNG (216 pixels an inch).

    Args:
        comparison: What was compared.
        folder: Where to; it is made where it is missing.

    Returns:
        The files.

    Raises:
        RunFolderError: A file cannot be written.
    """
    make_folder(folder)
    written = []
    for name, figure in figures(comparison):
        for ending, content in ((".svg", svg.svg_bytes(figure)), (".png", _png(figure))):
            path = folder / f"{name}{ending}"
            write_atomically(path, content)
            written.append(path)
    return written


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context(svg.SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"(?s)Glyph .* missing from")
        figure.savefig(buffer, format="png", dpi=_PIXELS_PER_INCH, facecolor="white")
    return buffer.getvalue()


def _slug(text: str) -> str:
    """Letters, digits, dots and hyphens; a run's name could hold a path."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:60] or "unnamed"
