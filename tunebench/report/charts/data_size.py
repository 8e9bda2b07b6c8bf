"""Accuracy against the number of training images."""

from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tunebench.comparison import SizeCurve
from tunebench.report import formats
from tunebench.report.charts.axes import SMALL, end_labels, plain_axes
from tunebench.report.palette import ACCENT, INK, SOFT
from tunebench.report.svg import new_figure

_NAME_LENGTH = 18


def accuracy_against_size(curve: SizeCurve, width: float, height: float) -> Figure:
    """Accuracy with its interval against the number of training images, a line per space.

    Args:
        curve: The spaces that were run on several sizes.
        width: Of the picture.
        height: Of the picture.

    Returns:
        The figure.
    """
    figure = new_figure(width, height)
    axes = plain_axes(figure, width, height, (46.0, 48.0, 124.0, 12.0))
    sizes = sorted({model.record.dataset.train_size for series in curve.series for model in series.models})
    axes.set_xscale("log")
    best = max(curve.series, key=lambda series: series.models[-1].accuracy.mean)
    ends = []
    for series in curve.series:
        colour = ACCENT if series is best else SOFT
        accuracies = [100 * model.accuracy.mean for model in series.models]
        intervals = [model.accuracy_interval for model in series.models]
        axes.errorbar(
            [model.record.dataset.train_size for model in series.models],
            accuracies,
            yerr=[
                [value - 100 * interval.low for value, interval in zip(accuracies, intervals, strict=True)],
                [100 * interval.high - value for value, interval in zip(accuracies, intervals, strict=True)],
            ],
            marker="o",
            markersize=6,
            color=colour,
            linewidth=1.4,
            elinewidth=1.2,
        )
        name = formats.shorten(formats.clean(series.label), _NAME_LENGTH)
        ends.append((accuracies[-1], name, colour if series is best else INK))
    axes.xaxis.set_major_locator(FixedLocator([float(size) for size in sizes]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:g}{formats.THIN}%"))
    axes.set_xlabel("training images, logarithmic", color=SOFT, fontsize=SMALL, labelpad=6)
    end_labels(axes, ends)
    return figure
