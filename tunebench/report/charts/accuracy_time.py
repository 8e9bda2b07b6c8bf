"""Accuracy against training time: the main chart of a section."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from tunebench.comparison import ModelSummary, Section, Standing
from tunebench.objectives import Objective
from tunebench.report import formats
from tunebench.report.charts.point_names import CROWDED, name_points
from tunebench.report.charts.references import Reference, references
from tunebench.report.charts.style import (
    ACCENT,
    FAINT,
    PAPER,
    SMALL,
    SOFT,
    new_figure,
    plain_axes,
)

_SMALL = 0.65


def accuracy_against_time(section: Section, width: float = 560, height: float = 370) -> Figure:
    """Accuracy against training time (logarithmic), with error bars in both directions and the Pareto front.

    If the models are compared by another objective, that takes the place of accuracy.

    Args:
        section: The models.
        width: Of the chart.
        height: Of the chart.

    Returns:
        The figure; the point of model *i* has the gid ``point-i-``.
    """
    figure = new_figure(width, height)
    objective = section.objective
    axes = plain_axes(figure, (46, 48, 8, 26))
    published = references(section)
    _time_axis(axes, section.models, published)
    _value_axis(axes, section.models, published, objective)
    for _, accuracy, seconds in published:
        axes.plot(seconds, accuracy, marker="D", markersize=5, color=PAPER, markeredgecolor=FAINT)
    steps = _steps(section)
    if len(steps) > 1:
        axes.step(*zip(*steps, strict=True), where="post", color=ACCENT, linewidth=1.2, alpha=0.45, zorder=2)
    front = [model for model in section.models if section.standings[model.label] is Standing.FRONT]
    with_bars = front if len(section.models) > CROWDED else section.models
    for number, model in enumerate(section.models):
        _point(axes, model, number, section.standings[model.label], with_bars=model in with_bars)
    name_points(axes, section, published, steps, with_bars)
    return figure


def _time_axis(axes: Axes, models: Sequence[ModelSummary], published: Sequence[Reference]) -> None:
    times = [time for model in models for time in model.train_seconds.values]
    times += [reference.seconds for reference in published]
    low, high = max(min(times), 1e-3), max(*times, 2e-3)
    low, high = low / 1.35, high * 1.5
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = [factor * 10.0**power for power in range(-3, 7) for factor in (1, 2, 5)]
    ticks = [tick for tick in ticks if low <= tick <= high]
    while len(ticks) > 6:  # noqa: PLR2004 (as many labels as fit)
        ticks = ticks[::2]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: _tick_seconds(tick)))
    axes.set_xlabel("training time (log scale)", color=SOFT, fontsize=SMALL, labelpad=6)


def _tick_seconds(tick: float) -> str:
    return f"{tick:g} s" if tick < 1000 else f"{tick / 60:.3g} min"  # noqa: PLR2004 (a quarter of an hour)


def _value_axis(
    axes: Axes, models: Sequence[ModelSummary], published: Sequence[Reference], objective: Objective
) -> None:
    accuracies = [reference.accuracy for reference in published]
    low = min([model.value.interval.low for model in models] + accuracies)
    high = max([model.value.interval.high for model in models] + accuracies)
    room = max(0.02, 0.08 * (high - low))
    axes.set_ylim(max(0, low - room), min(1.005, high + room) if objective.is_proportion else high + room)
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    if objective.is_proportion:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:.3g}{formats.THIN}%"))
    lower = " (lower is better)" if objective.mode == "min" else ""
    axes.set_title(f"test {objective.words}{lower}", loc="left", color=SOFT, fontsize=SMALL)


def _steps(section: Section) -> list[tuple[float, float]]:
    """The front's training times and values, the fastest first."""
    front = [model for model in section.models if section.standings[model.label] is Standing.FRONT]
    return sorted((model.train_seconds.mean, model.value.mean) for model in front)


def _point(axes: Axes, model: ModelSummary, number: int, standing: Standing, *, with_bars: bool) -> None:
    time, value = model.train_seconds, model.value.mean
    on_front = standing in {Standing.FRONT, Standing.UNSETTLED}
    colour = ACCENT if on_front else SOFT
    filled = standing in {Standing.FRONT, Standing.UNKNOWN}
    if with_bars:
        _error_bars(axes, model, colour)
    marker, size = ("o", 8.5) if model.record.kind == "tuned" else ("s", 7.5)
    if standing is Standing.DOMINATED:
        # Dominated points differ in size, too, not only in colour.
        size *= _SMALL
    # Without a line and clipping, each point needs less markup.
    style: dict[str, Any] = {
        "marker": marker,
        "markersize": size,
        "linestyle": "none",
        "clip_on": False,
        "zorder": 4,
    }
    (point,) = axes.plot(time.mean, value, **style)
    point.set(
        color=colour if filled else PAPER, markeredgecolor=colour, markeredgewidth=1.6, gid=f"point-{number}-"
    )


def _error_bars(axes: Axes, model: ModelSummary, colour: str) -> None:
    time, value, interval = model.train_seconds, model.value.mean, model.value.interval
    axes.errorbar(
        time.mean,
        value,
        # Rounding may put the mean of equal values slightly outside them.
        xerr=[[max(0, time.mean - time.minimum)], [max(0, time.maximum - time.mean)]],
        yerr=[[value - interval.low], [interval.high - value]],
        fmt="none",
        ecolor=colour,
        elinewidth=1.2,
        alpha=0.75,
        zorder=3,
        clip_on=False,
    )
