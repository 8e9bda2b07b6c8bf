"""The pictures: matplotlib figures, drawn from a comparison.

What a picture shows is decided here and in :mod:`tunebench.comparison`; how it becomes part of the page, in
:mod:`tunebench.report.svg`. Sizes are CSS pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tunebench.comparison import ModelFigures, Section, Standing
from tunebench.report import formats
from tunebench.report.labels import Box, place
from tunebench.report.palette import ACCENT, FAINT, INK, LINE, PAPER, SOFT
from tunebench.report.svg import new_figure

_NAMED_POINTS = 14
_NAME_LENGTH = 24
_SMALL = 11
_FONT_SIZE = 12


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
    axes = _axes(figure, width, height, margin)
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
    for number, model in enumerate(section.models):
        _point(axes, model, number, section.standings[model.label])
    _names(axes, section, references)
    return figure


def learning_curves(model: ModelFigures, width: float, height: float) -> Figure | None:
    """Accuracy per epoch of each final training, with the epoch whose weights were kept.

    Args:
        model: The model.
        width: Of the picture.
        height: Of the picture.

    Returns:
        The figure; ``None`` where no history was recorded.
    """
    histories = [(final.history, final.best_epoch) for final in model.record.finals]
    drawn = [(history, kept) for history, kept in histories if history.get("val_accuracy")]
    if not drawn:
        return None
    figure = new_figure(width, height)
    axes = _axes(figure, width, height, (42.0, 40.0, 74.0, 12.0))
    ends: dict[str, float] = {}
    for history, kept in drawn:
        for metric, colour, line in (("accuracy", FAINT, (0, (4, 2))), ("val_accuracy", ACCENT, "solid")):
            values = [float("nan") if value is None else 100 * value for value in history.get(metric, [])]
            if values:
                axes.plot(range(1, len(values) + 1), values, color=colour, linewidth=1.3, linestyle=line)
                ends[metric] = values[-1]
        validation = history["val_accuracy"]
        if 1 <= kept <= len(validation) and (score := validation[kept - 1]) is not None:
            axes.plot(
                kept, 100 * score, marker="o", markersize=6, color=PAPER, markeredgecolor=ACCENT, zorder=5
            )
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
    axes.set_xlabel("epoch", color=SOFT, fontsize=_SMALL)
    _end_labels(axes, ends)
    return figure


def _axes(figure: Figure, width: float, height: float, margin: tuple[float, float, float, float]) -> Axes:
    left, bottom, right, top = margin
    axes = figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    )
    axes.grid(visible=True, color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, pad=6, labelcolor=SOFT, labelsize=_SMALL)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    return axes


def _time_axis(axes: Axes, models: Sequence[ModelFigures], references: Sequence[Reference]) -> None:
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
    axes.set_xlabel("training time, logarithmic", color=SOFT, fontsize=_SMALL, labelpad=6)


def _tick_seconds(tick: float) -> str:
    return f"{tick:g} s" if tick < 1000 else f"{tick / 60:.3g} min"  # noqa: PLR2004 (a quarter of an hour)


def _accuracy_axis(axes: Axes, models: Sequence[ModelFigures], references: Sequence[Reference]) -> None:
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


def _point(axes: Axes, model: ModelFigures, number: int, standing: Standing) -> None:
    time, accuracy, interval = model.train_seconds, model.accuracy.mean, model.accuracy_interval
    on_front = standing in {Standing.FRONT, Standing.UNSETTLED}
    colour = ACCENT if on_front else SOFT
    filled = standing in {Standing.FRONT, Standing.UNKNOWN}
    axes.errorbar(
        time.mean,
        accuracy,
        xerr=[[time.mean - time.minimum], [time.maximum - time.mean]],
        yerr=[[accuracy - interval.low], [interval.high - accuracy]],
        fmt="none",
        ecolor=colour,
        elinewidth=1.2,
        alpha=0.75,
        zorder=3,
    )
    marker = "o" if model.record.kind == "tuned" else "s"
    (point,) = axes.plot(
        time.mean, accuracy, marker=marker, markersize=8.5 if marker == "o" else 7.5, zorder=4
    )
    point.set(
        color=colour if filled else PAPER, markeredgecolor=colour, markeredgewidth=1.6, gid=f"point-{number}-"
    )


def _names(axes: Axes, section: Section, references: Sequence[Reference]) -> None:
    named = section.models[:_NAMED_POINTS]
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
        entries, names, place(points, names, obstacles, frame, _FONT_SIZE), strict=True
    ):
        axes.annotate(
            name,
            (x, y),
            xytext=(spot.dx, spot.dy),
            textcoords="offset points",
            ha=spot.horizontal,
            va=spot.vertical,
            color=SOFT if colour == FAINT else colour,
            fontsize=_FONT_SIZE if colour == INK else _SMALL,
            fontstyle="normal" if colour == INK else "italic",
            parse_math=False,
            zorder=6,
        )


def _pixel(axes: Axes, seconds: float, accuracy: float) -> tuple[float, float]:
    x, y = axes.transData.transform((max(seconds, 1e-6), accuracy))
    return float(x), float(y)


def _bars(axes: Axes, model: ModelFigures) -> list[Box]:
    time, interval = model.train_seconds, model.accuracy_interval
    left, bottom = _pixel(axes, time.minimum, interval.low)
    right, top = _pixel(axes, time.maximum, interval.high)
    x, y = _pixel(axes, time.mean, model.accuracy.mean)
    return [Box(x - 1, bottom, x + 1, top), Box(left, y - 1, right, y + 1)]


def _step_boxes(corners: Sequence[tuple[float, float]]) -> list[Box]:
    boxes = []
    for (x, y), (next_x, next_y) in pairwise(corners):
        boxes += [Box(x, y - 1, next_x, y + 1), Box(next_x - 1, y, next_x + 1, next_y)]
    return boxes


def _end_labels(axes: Axes, ends: dict[str, float]) -> None:
    """Name the curves at their ends, a line apart at least."""
    low, high = axes.get_ylim()
    line = (high - low) * 0.09
    names = {"accuracy": ("training", SOFT), "val_accuracy": ("validation", ACCENT)}
    placed = sorted((value, metric) for metric, value in ends.items() if value == value)  # noqa: PLR0124 (not NaN)
    if len(placed) > 1 and placed[1][0] - placed[0][0] < line:
        middle = (placed[0][0] + placed[1][0]) / 2
        placed = [(middle - line / 2, placed[0][1]), (middle + line / 2, placed[1][1])]
    for value, metric in placed:
        text, colour = names[metric]
        axes.annotate(
            text,
            (1, value),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=_SMALL,
            annotation_clip=False,
        )
