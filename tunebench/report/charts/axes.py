"""What all pictures share: quiet axes, and names at the ends of curves instead of a legend."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tunebench.report.palette import FAINT, LINE, SOFT

FONT_SIZE = 12
SMALL = 11


def plain_axes(
    figure: Figure, width: float, height: float, margin: tuple[float, float, float, float]
) -> Axes:
    """Axes with a quiet grid and no frame but the time line at their foot.

    Args:
        figure: Gets the axes.
        width: Of the figure, in pixels.
        height: Of the figure, in pixels.
        margin: Left, bottom, right and top, in pixels.

    Returns:
        The axes.
    """
    left, bottom, right, top = margin
    axes = figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    )
    axes.grid(visible=True, color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6, labelcolor=SOFT, labelsize=SMALL)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    return axes


def end_labels(axes: Axes, ends: Sequence[tuple[float, str, str]]) -> None:
    """Name curves at their right ends, a line apart at least.

    Args:
        axes: The axes; their limits are final.
        ends: Of each curve its last value, its name and its colour.
    """
    low, high = axes.get_ylim()
    line = (high - low) * 0.085
    ordered = sorted(ends)
    heights = [value for value, *_ in ordered]
    for index in range(1, len(heights)):
        heights[index] = max(heights[index], heights[index - 1] + line)
    # Centre the pile on its curves, for each name was only ever moved up.
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
