"""Names beside the points of the main chart."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tunebench.comparison import ModelSummary, Section, Standing
from tunebench.plain_text import clean
from tunebench.report import formats
from tunebench.report.charts.labels import Boxes, Placement, place
from tunebench.report.charts.references import Reference
from tunebench.report.charts.style import FAINT, FONT_SIZE, INK, SMALL, SOFT

# Beyond this many points, only those on the front keep their names and error bars.
CROWDED = 30
_NAMED_POINTS = 14
_NAME_LENGTH = 24
_OWN: dict[str, Any] = {"color": INK, "fontsize": FONT_SIZE}
_CITED: dict[str, Any] = {"color": SOFT, "fontsize": SMALL, "fontstyle": "italic"}


def name_points(
    axes: Axes,
    section: Section,
    published: Sequence[Reference],
    steps: Sequence[tuple[float, float]],
    with_bars: Iterable[ModelSummary],
) -> None:
    """Name the points that have room for it, those on the front first.

    Args:
        axes: Their limits are final.
        section: The models.
        published: The published points.
        steps: The front's training times and values.
        with_bars: The models whose error bars are drawn.
    """
    front = [model for model in section.models if section.standings[model.label] is Standing.FRONT]
    others = [model for model in section.models if model not in front]
    named = (front + ([] if len(section.models) > CROWDED else others))[:_NAMED_POINTS]
    # Long names may agree when shortened, and would then stand for each other.
    alike = Counter(map(_shown, section.models))
    entries = [(*_means(model), _shown(model), _OWN) for model in named if alike[_shown(model)] == 1]
    entries += [(each.seconds, each.accuracy, each.name, _CITED) for each in published]
    points = [_pixel(axes, x, y) for x, y, *_ in entries]
    marks = [_pixel(axes, *_means(model)) for model in section.models]
    marks += [_pixel(axes, each.seconds, each.accuracy) for each in published]
    names, frame = [name for _, _, name, _ in entries], np.array([axes.bbox.extents])
    spots = place(points, names, marks, _lines(axes, steps, with_bars), frame, FONT_SIZE)
    for (x, y, name, style), spot in zip(entries, spots, strict=True):
        if spot is not None:
            _name(axes, (x, y), name, spot, style)


def all_named(figure: Figure, section: Section) -> bool:
    """Whether the main chart names every model."""
    return {text.get_text() for text in figure.axes[0].texts} >= set(map(_shown, section.models))


def _shown(model: ModelSummary) -> str:
    return formats.shorten(clean(model.label), _NAME_LENGTH)


def _means(model: ModelSummary) -> tuple[float, float]:
    return model.train_seconds.mean, model.value.mean


def _name(axes: Axes, point: tuple[float, float], name: str, spot: Placement, style: dict[str, Any]) -> None:
    # A line begins at the corner that does not depend on the reader's font.
    across = {"left": 0, "right": 1}.get(spot.horizontal, 0.5)
    corner = (across, {"bottom": 0, "top": 1}.get(spot.vertical, 0.5))
    line = {"arrowstyle": "-", "color": FAINT, "linewidth": 0.9, "relpos": corner, "shrinkA": 0, "shrinkB": 6}
    axes.annotate(
        name,
        point,
        xytext=(spot.dx, spot.dy),
        textcoords="offset points",
        ha=spot.horizontal,
        va=spot.vertical,
        arrowprops=line if spot.line else None,
        parse_math=False,
        zorder=6,
        **style,
    )


def _pixel(axes: Axes, seconds: float, value: float) -> tuple[float, float]:
    x, y = axes.transData.transform((max(seconds, 1e-6), value))
    return float(x), float(y)


def _lines(axes: Axes, steps: Sequence[tuple[float, float]], with_bars: Iterable[ModelSummary]) -> Boxes:
    """Boxes around the error bars and the front."""
    boxes: list[tuple[float, float, float, float]] = []
    for model in with_bars:
        time, interval = model.train_seconds, model.value.interval
        left, bottom = _pixel(axes, time.minimum, interval.low)
        right, top = _pixel(axes, time.maximum, interval.high)
        x, y = _pixel(axes, *_means(model))
        boxes += [(x - 1, bottom, x + 1, top), (left, y - 1, right, y + 1)]
    corners = [_pixel(axes, *step) for step in steps]
    for (x, y), (next_x, next_y) in pairwise(corners):
        boxes += [(x, y - 1, next_x, y + 1), (next_x - 1, y, next_x + 1, next_y)]
    return np.array(boxes).reshape(-1, 4)
