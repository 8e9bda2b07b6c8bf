"""Accuracy against training time: the picture of the first screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tunebench.comparison import ModelSummary, Section, Standing
from tunebench.report import formats
from tunebench.report.charts.axes import FONT_SIZE, SMALL, plain_axes
from tunebench.report.labels import Box, place
from tunebench.report.palette import ACCENT, FAINT, INK, PAPER, SOFT
from tunebench.report.svg import new_figure

_NAMED_POINTS = 14
# Beyond so many points, only those on the front keep their names and error bars.
_CROWDED = 30
_NAME_LENGTH = 24
_SMALL = 0.65


@dataclass(frozen=True)
class Reference:
    """A published figure from elsewhere, for orientation only.

    Attributes:
        name: What it is called.
        accuracy: From 0 to 1.
        seconds: Training time.
    """

    name: str
    accuracy: float
    seconds: float


# 10,000 training and 2,000 test images of CIFAR-10, one run each, on the deck's machine.
DECK = (
    Reference("Model 1", 0.5800, 29.4),
    Reference("Model 2", 0.6295, 17.2),
    Reference("Model 3", 0.6555, 19.5),
    Reference("MobileNet_v2", 0.8135, 89.8),
)
REFERENCES = {"cifar10": DECK}


def accuracy_against_time(section: Section, width: float, height: float) -> Figure:
    """Accuracy against training time (logarithmic), with error bars both ways and the Pareto front.

    Args:
        section: The models.
        width: Of the picture.
        height: Of the picture.

    Returns:
        The figure; the point of model *i* has the gid ``point-i-``.
    """
    figure = new_figure(width, height)
    margin = (46.0, 48.0, 8.0, 8.0)  # left, bottom, right, top
    axes = plain_axes(figure, width, height, margin)
    references = REFERENCES.get(section.dataset.name, ())
    _time_axis(axes, section.models, references)
    _accuracy_axis(axes, section.models, references)
    for reference in references:
        axes.plot(
            reference.seconds,
            reference.accuracy,
            marker="D",
            markersize=5,
            color=PAPER,
            markeredgecolor=FAINT,
        )
    _front(axes, section)
    crowded = len(section.models) > _CROWDED
    for number, model in enumerate(section.models):
        standing = section.standings[model.label]
        with_bars = not crowded or standing is Standing.FRONT
        _point(axes, model, number, standing, with_bars=with_bars)
    _names(axes, section, references)
    return figure


def _time_axis(axes: Axes, models: Sequence[ModelSummary], references: Sequence[Reference]) -> None:
    times = [time for model in models for time in model.train_seconds.values]
    times += [reference.seconds for reference in references]
    low, high = max(min(times), 1e-3), max(*times, 2e-3)
    low, high = low / 1.35, high * 1.5
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = [factor * 10.0**power for power in range(-3, 7) for factor in (1, 2, 5)]
    ticks = [tick for tick in ticks if low <= tick <= high]
    while len(ticks) > 6:  # noqa: PLR2004 (as many labels as have room)
        ticks = ticks[::2]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: _tick_seconds(tick)))
    axes.set_xlabel("training time, logarithmic", color=SOFT, fontsize=SMALL, labelpad=6)


def _tick_seconds(tick: float) -> str:
    return f"{tick:g} s" if tick < 1000 else f"{tick / 60:.3g} min"  # noqa: PLR2004 (a quarter of an hour)


def _accuracy_axis(axes: Axes, models: Sequence[ModelSummary], references: Sequence[Reference]) -> None:
    lows = [model.accuracy_interval.low for model in models] + [
        reference.accuracy for reference in references
    ]
    highs = [model.accuracy_interval.high for model in models] + [
        reference.accuracy for reference in references
    ]
    room = max(0.02, 0.08 * (max(highs) - min(lows)))
    axes.set_ylim(max(0, min(lows) - room), min(1.005, max(highs) + room))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}{formats.THIN}%"))


def _front(axes: Axes, section: Section) -> None:
    """The best accuracy to be had within a training time, as a step."""
    steps = _steps(section)
    if len(steps) > 1:
        times, accuracies = zip(*steps, strict=True)
        axes.step(times, accuracies, where="post", color=ACCENT, linewidth=1.2, alpha=0.45, zorder=2)


def _steps(section: Section) -> list[tuple[float, float]]:
    """The front's training times and accuracies, the fastest first."""
    front = [model for model in section.models if section.standings[model.label] is Standing.FRONT]
    return sorted((model.train_seconds.mean, model.accuracy.mean) for model in front)


def _point(axes: Axes, model: ModelSummary, number: int, standing: Standing, *, with_bars: bool) -> None:
    time, accuracy = model.train_seconds, model.accuracy.mean
    on_front = standing in {Standing.FRONT, Standing.UNSETTLED}
    colour = ACCENT if on_front else SOFT
    filled = standing in {Standing.FRONT, Standing.UNKNOWN}
    if with_bars:
        _error_bars(axes, model, colour)
    marker, size = ("o", 8.5) if model.record.kind == "tuned" else ("s", 7.5)
    if standing is Standing.DOMINATED:
        # Not by colour alone.
        size *= _SMALL
    # No line and no clipping: each would add to every point's markup and show nothing.
    style: dict[str, Any] = {
        "marker": marker,
        "markersize": size,
        "linestyle": "none",
        "clip_on": False,
        "zorder": 4,
    }
    (point,) = axes.plot(time.mean, accuracy, **style)
    point.set(
        color=colour if filled else PAPER, markeredgecolor=colour, markeredgewidth=1.6, gid=f"point-{number}-"
    )


def _error_bars(axes: Axes, model: ModelSummary, colour: str) -> None:
    time, accuracy, interval = model.train_seconds, model.accuracy.mean, model.accuracy_interval
    axes.errorbar(
        time.mean,
        accuracy,
        # The mean of equal values may lie a rounding beside them.
        xerr=[[max(0, time.mean - time.minimum)], [max(0, time.maximum - time.mean)]],
        yerr=[[accuracy - interval.low], [interval.high - accuracy]],
        fmt="none",
        ecolor=colour,
        elinewidth=1.2,
        alpha=0.75,
        zorder=3,
        clip_on=False,
    )


def _names(axes: Axes, section: Section, references: Sequence[Reference]) -> None:
    front = [model for model in section.models if section.standings[model.label] is Standing.FRONT]
    others = [model for model in section.models if model not in front]
    named = (front + ([] if len(section.models) > _CROWDED else others))[:_NAMED_POINTS]
    entries = [
        (model.train_seconds.mean, model.accuracy.mean, formats.clean(model.label), INK) for model in named
    ]
    entries += [(each.seconds, each.accuracy, each.name, FAINT) for each in references]
    points = [_pixel(axes, x, y) for x, y, *_ in entries]
    obstacles = [Box(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    obstacles += [box for model in section.models for box in _bars(axes, model)]
    obstacles += _step_boxes([_pixel(axes, x, y) for x, y in _steps(section)])
    bounds = axes.bbox
    frame = Box(bounds.x0, bounds.y0, bounds.x1, bounds.y1)
    names = [formats.shorten(name, _NAME_LENGTH) for _, _, name, _ in entries]
    for (x, y, _, colour), name, spot in zip(
        entries, names, place(points, names, obstacles, frame, FONT_SIZE), strict=True
    ):
        axes.annotate(
            name,
            (x, y),
            xytext=(spot.dx, spot.dy),
            textcoords="offset points",
            ha=spot.horizontal,
            va=spot.vertical,
            color=SOFT if colour == FAINT else colour,
            fontsize=FONT_SIZE if colour == INK else SMALL,
            fontstyle="normal" if colour == INK else "italic",
            parse_math=False,
            zorder=6,
        )


def _pixel(axes: Axes, seconds: float, accuracy: float) -> tuple[float, float]:
    x, y = axes.transData.transform((max(seconds, 1e-6), accuracy))
    return float(x), float(y)


def _bars(axes: Axes, model: ModelSummary) -> list[Box]:
    time, interval = model.train_seconds, model.accuracy_interval
    left, bottom = _pixel(axes, time.minimum, interval.low)
    right, top = _pixel(axes, time.maximum, interval.high)
    x, y = _pixel(axes, time.mean, model.accuracy.mean)
    return [Box(x - 1, bottom, x + 1, top), Box(left, y - 1, right, y + 1)]


def _step_boxes(corners: Sequence[tuple[float, float]]) -> list[Box]:
    boxes = []
    for (x, y), (next_x, next_y) in pairwise(corners):
        boxes += [Box(x, y - 3, next_x, y + 3), Box(next_x - 3, y, next_x + 3, next_y)]
    return boxes
