"""Accuracy against the number of training images."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tunebench.comparison import SizeCurve
from tunebench.comparison.power_law import PowerLaw
from tunebench.plain_text import clean
from tunebench.report import formats
from tunebench.report.charts.style import ACCENT, INK, SMALL, SOFT, end_labels, new_figure, plain_axes

_NAME_LENGTH = 18
# Pixels of a label.
_LABEL = 42


def accuracy_against_size(
    curve: SizeCurve,
    width: float = 560,
    height: float = 320,
    laws: Mapping[str, PowerLaw] | None = None,
) -> Figure:
    """Accuracy with its interval against the number of training images, a line per space.

    Args:
        curve: The spaces that were run on several sizes.
        width: Of the chart.
        height: Of the chart.
        laws: A fitted law by the label of a series, drawn dashed to twice the largest number; optional.

    Returns:
        The figure.
    """
    figure = new_figure(width, height)
    axes = plain_axes(figure, (46, 48, 124, 12))
    sizes = sorted({model.record.dataset.train_size for series in curve.series for model in series.models})
    axes.set_xscale("log")
    best = max(curve.series, key=lambda series: series.models[-1].accuracy.mean)
    ends = []
    for series in curve.series:
        colour = ACCENT if series is best else SOFT
        accuracies = np.array([100 * model.accuracy.mean for model in series.models])
        intervals = [model.accuracy_measured.interval for model in series.models]
        lows = np.array([100 * interval.low for interval in intervals])
        highs = np.array([100 * interval.high for interval in intervals])
        axes.errorbar(
            [model.record.dataset.train_size for model in series.models],
            accuracies,
            yerr=[accuracies - lows, highs - accuracies],
            marker="o",
            markersize=6,
            color=colour,
            linewidth=1.4,
            elinewidth=1.2,
        )
        law = (laws or {}).get(series.label)
        if law is not None:
            images = np.geomspace(sizes[0], 2 * sizes[-1], 40)
            axes.plot(images, 100 * (1 - law.error(images)), color=colour, linewidth=1, linestyle=(0, (4, 3)))
        name = formats.shorten(clean(series.label), _NAME_LENGTH)
        ends.append((float(accuracies[-1]), name, colour if series is best else INK))
    axes.xaxis.set_major_locator(FixedLocator(_ticks(axes, [*sizes, *([2 * sizes[-1]] if laws else [])])))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:g}{formats.THIN}%"))
    axes.set_xlabel("training images (log scale)", color=SOFT, fontsize=SMALL, labelpad=6)
    end_labels(axes, ends)
    return figure


def _ticks(axes: Axes, sizes: list[int]) -> list[float]:
    """The sizes whose labels do not touch, the largest first."""
    # Before its limits are asked for, the axis does not know them.
    axes.get_xlim()
    kept: list[float] = []
    for size in sorted(map(float, sizes), reverse=True):
        places = [axes.transData.transform((each, 0))[0] for each in (*kept[-1:], size)]
        if len(places) == 1 or places[0] - places[1] >= _LABEL:
            kept.append(size)
    return kept
