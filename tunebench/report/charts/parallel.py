"""Parallel coordinates: each trial as a line through its hyperparameters to its score."""

from typing import Any

from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from tunebench.comparison import ModelSummary
from tunebench.comparison.scales import Scale, scale_of
from tunebench.objectives import Objective
from tunebench.plain_text import clean
from tunebench.report import formats, measures
from tunebench.report.charts.drawn_trials import drawn_trials, score
from tunebench.report.charts.style import ACCENT, FAINT, INK, LINE, SMALL, SOFT, new_figure

_NAME_LENGTH = 14
_VALUE_LENGTH = 9


def parallel_coordinates(model: ModelSummary, width: float = 720, height: float = 280) -> Figure | None:
    """Every scored trial as a line through its hyperparameters to its score, the best tenth highlighted.

    The winner counts as the best, whatever its score, and its line is the thickest if several are
    highlighted. Of more than 200 trials, only the best 200 are drawn.

    Args:
        model: A tuned model.
        width: Of the chart.
        height: Of the chart.

    Returns:
        The figure; ``None`` with fewer than two scored trials or if no value varies.
    """
    drawn = drawn_trials(model)
    if drawn is None:
        return None
    trials, names = drawn.trials[::-1], drawn.names
    scales = {name: scale_of([trial.hyperparameters.get(name) for trial in trials]) for name in names}
    scores = scale_of([score(trial) for trial in trials])
    figure = new_figure(width, height)
    axes = figure.add_axes((46 / width, 34 / height, (width - 46 - 58) / width, (height - 34 - 40) / height))
    axes.set_axis_off()
    axes.set_xlim(0, len(names))
    axes.set_ylim(-0.04, 1.04)
    lines = []
    for trial in trials:
        positions = [scale.position(trial.hyperparameters.get(name)) for name, scale in scales.items()]
        lines.append(list(enumerate([*positions, scores.position(score(trial))])))
    best, widths = drawn.best, [1.6] * (drawn.best - 1) + [2.6 if drawn.best > 1 else 1.6]
    axes.add_collection(LineCollection(lines[:-best], colors=FAINT, linewidths=0.9, alpha=0.45))
    axes.add_collection(LineCollection(lines[-best:], colors=ACCENT, linewidths=widths))
    for x, (name, scale) in enumerate([*scales.items(), ("score", scores)]):
        axes.axvline(x, 0.04 / 1.08, 1.04 / 1.08, color=LINE, linewidth=1, zorder=0)
        _name_axis(figure, x, name, scale, model.asked if x == len(names) else None)
    return figure


def _name_axis(figure: Figure, x: float, name: str, scale: Scale, scored: Objective | None) -> None:
    (axes,) = figure.axes
    ends = scale.ends()
    if scored is not None:
        ends = (
            measures.value(scored, scored.score(scale.high)),
            measures.value(scored, scored.score(scale.low)),
        )
    shared: dict[str, Any] = {
        "ha": "center",
        "fontsize": SMALL,
        "parse_math": False,
        "annotation_clip": False,
    }
    for text, y, offset, colour in (
        (formats.shorten(clean(name), _NAME_LENGTH), 1, 22, INK),
        (formats.shorten(clean(ends[0]), _VALUE_LENGTH), 1, 8, SOFT),
        (formats.shorten(clean(ends[1]), _VALUE_LENGTH), 0, -16, SOFT),
    ):
        axes.annotate(text, (x, y), xytext=(0, offset), textcoords="offset points", color=colour, **shared)
