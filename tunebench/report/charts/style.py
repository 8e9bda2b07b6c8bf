"""What all charts share: colours, fonts, plain axes, and names at the ends of curves instead of a legend.

Charts are drawn in the light colours. The page replaces each colour with a CSS variable, so that one chart
serves the light and the dark theme; ``style.css`` holds both values of every variable.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAPER = "#ffffff"
INK = "#1c2128"
SOFT = "#59636e"
FAINT = "#868f99"
LINE = "#dde2e7"
ACCENT = "#0b5cad"

VARIABLES = {
    PAPER: "var(--paper)",
    INK: "var(--ink)",
    SOFT: "var(--soft)",
    FAINT: "var(--faint)",
    LINE: "var(--line)",
    ACCENT: "var(--accent)",
}

FONT_SIZE = 12
SMALL = 11
SETTINGS: dict[Any, Any] = {
    # Text stays text: searchable, read aloud, and set in the page's font.
    "svg.fonttype": "none",
    # The same figures give the same identifiers.
    "svg.hashsalt": "tunebench",
    "font.size": FONT_SIZE,
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure; sizes are CSS pixels."""
    with mpl.rc_context(SETTINGS):
        return Figure(figsize=(width / 72, height / 72), dpi=72)


def plain_axes(figure: Figure, margin: tuple[float, float, float, float]) -> Axes:
    """Axes with a light grid and no frame except the baseline.

    Args:
        figure: Gets the axes.
        margin: Left, bottom, right and top, in pixels.

    Returns:
        The axes.
    """
    left, bottom, right, top = margin
    width, height = figure.bbox.width, figure.bbox.height
    axes = figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    )
    axes.grid(visible=True, color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6, labelcolor=SOFT, labelsize=SMALL)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    return axes


def end_labels(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Name curves at their right ends, at least a line apart.

    Args:
        axes: The axes; their limits are final.
        ends: Each curve's last value, name and colour.
    """
    low, high = axes.get_ylim()
    line = (high - low) * 0.085
    ordered = sorted(ends)
    heights = [value for value, *_ in ordered]
    for index in range(1, len(heights)):
        heights[index] = max(heights[index], heights[index - 1] + line)
    # Names were only moved up: centre them on their curves again.
    moves = [height - value for height, (value, *_) in zip(heights, ordered, strict=True)]
    shift = sum(moves) / max(1, len(moves))
    for height, (_, name, colour) in zip(heights, ordered, strict=True):
        axes.annotate(
            name,
            (1, height - shift),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=SMALL,
            annotation_clip=False,
            parse_math=False,
        )
