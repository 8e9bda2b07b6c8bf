"""What a change did to each model: its accuracy and, beside it, its training time."""

from collections.abc import Sequence
from itertools import pairwise
from math import log
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tunebench.comparison import Change, Interval
from tunebench.plain_text import clean
from tunebench.report import formats
from tunebench.report.charts.style import ACCENT, FAINT, INK, PAPER, SMALL, SOFT, new_figure, plain_axes

_ROW = 30
_NAMES = 104
_GAP = 26
_BELOW, _ABOVE = 46, 24
_NAME_LENGTH = 16
# The first set of these with several labels, all of which fit an axis.
_RATIOS = (
    (0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.4, 2),
    (0.3, 0.5, 0.7, 1, 1.4, 2, 3),
    (0.1, 0.2, 0.5, 1, 2, 5, 10),
    (0.8, 1, 1.25),
    (0.5, 1, 2),
    (0.2, 1, 5),
    (0.01, 0.1, 1, 10, 100),
)
_BESIDE = (0.001, 0.01, 0.1, 0.2, 0.5, 0.7, 0.8, 1.25, 1.4, 2, 5, 10, 100, 1000)
# Points of accuracy.
_SMALL_CHANGE = 1.0
# Beyond the outermost value, so that its marker is not cut.
_ROOM = 1.1
# Pixels of a tick's label.
_TICK = 40
# Over the lines of the axes.
_NOTE: dict[str, Any] = {
    "ha": "center",
    "va": "center",
    "color": SOFT,
    "fontsize": SMALL,
    "bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 1},
}


def changes(question: Sequence[Change], width: float = 620) -> Figure:
    """The change of each model in points of accuracy, and its training time as a multiple, with intervals.

    Args:
        question: The changes.
        width: Of the chart.

    Returns:
        The figure. What is established is filled. The panel of training times is left out if none can be
        compared.
    """
    height = _BELOW + _ABOVE + _ROW * len(question)
    figure = new_figure(width, height)
    timed = any(each.time is not None for each in question)
    panel = (width - _NAMES - _GAP - 12) / 2 if timed else width - _NAMES - 12
    accuracy = plain_axes(figure, (_NAMES, _BELOW, width - _NAMES - panel, _ABOVE))
    names = [formats.shorten(clean(each.label), _NAME_LENGTH) for each in reversed(question)]
    for row, each in enumerate(reversed(question)):
        ends = Interval(100 * each.interval.low, 100 * each.interval.high)
        _bar(accuracy, row, 100 * each.estimate.value, ends, filled=each.established)
    accuracy.set_yticks(range(len(names)), names, parse_math=False)
    accuracy.tick_params(axis="y", labelcolor=INK)
    _finish(accuracy, 0, "accuracy, points", len(names))
    low, high = accuracy.get_xlim()
    # As below.
    accuracy.set_xlim(min(low, -_SMALL_CHANGE), max(high, _SMALL_CHANGE))
    accuracy.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    accuracy.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _signed(value)))
    if timed:
        _times(plain_axes(figure, (_NAMES + panel + _GAP, _BELOW, 12, _ABOVE)), question)
    return figure


def _times(axes: Axes, question: Sequence[Change]) -> None:
    for row, each in enumerate(reversed(question)):
        if each.time is None:
            axes.text(0.5, row, "not comparable", transform=axes.get_yaxis_transform(), **_NOTE)
        else:
            sure = each.time.faster or each.time.slower
            _bar(axes, row, each.time.value, each.time.interval, filled=sure)
    axes.set_yticks(range(len(question)), [""] * len(question))
    _finish(axes, 1, "training time", len(question))
    _time_axis(axes)


def _bar(axes: Axes, row: int, value: float, interval: Interval | None, *, filled: bool) -> None:
    colour = ACCENT if filled else SOFT
    if interval is not None:
        axes.plot([interval.low, interval.high], [row, row], color=colour, linewidth=1.4)
    (point,) = axes.plot(value, row, marker="o", markersize=7, linestyle="none", zorder=4, clip_on=False)
    point.set(color=colour if filled else PAPER, markeredgecolor=colour, markeredgewidth=1.6)


def _finish(axes: Axes, neutral: float, label: str, rows: int) -> None:
    axes.axvline(neutral, color=FAINT, linewidth=1.2, zorder=1)
    axes.set_ylim(-0.6, rows - 0.4)
    axes.set_xlabel(label, color=SOFT, fontsize=SMALL, labelpad=6)


def _signed(value: float) -> str:
    return f"{value:+g}".replace("-", formats.MINUS) if value else "0"


def _time_axis(axes: Axes) -> None:
    low, high = axes.dataLim.intervalx
    # At least this far to both sides, so that a small change looks small.
    low, high = min(low, 1 / 1.25) / _ROOM, max(high, 1.25) * _ROOM
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    scale = axes.bbox.width / log(high / low)
    shown = [[tick for tick in ratios if low <= tick <= high] for ratios in _RATIOS]
    fitting = (
        each
        for each in shown
        if len(each) > 1 and min(log(b / a) for a, b in pairwise(each)) * scale >= _TICK
    )
    # Otherwise 1 and the farthest one from it.
    beside = [tick for tick in _BESIDE if low <= tick <= high]
    ticks = next(fitting, sorted([1, max(beside, key=lambda tick: abs(log(tick)))]))
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"{ratio:g}×"))
