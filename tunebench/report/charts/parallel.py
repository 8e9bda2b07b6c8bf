"""Parallel coordinates: each trial as a line through its hyperparameters to its score."""

from collections.abc import Sequence
from typing import Any

from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from tunebench.comparison import ModelSummary
from tunebench.comparison.scales import Scale, scale_of
from tunebench.objectives import Objective
from tunebench.plain_text import clean
from tunebench.records import TrialRecord
from tunebench.report import formats, measures
from tunebench.report.charts.style import ACCENT, FAINT, INK, LINE, SMALL, SOFT, new_figure

_AXES = 7
_BEST_SHARE = 0.1
_NAME_LENGTH = 14
_VALUE_LENGTH = 9
LINES = 200


def parallel_coordinates(model: ModelSummary, width: float = 720, height: float = 280) -> Figure | None:
    """Every scored trial as a line through its hyperparameters to its score, the best tenth highlighted.

    Of more than 200 trials, only the best 200 are drawn.

    Args:
        model: A tuned model.
        width: Of the chart.
        height: Of the chart.

    Returns:
        The figure; ``None`` with fewer than two scored trials or if no value varies.
    """
    scored = [trial for trial in model.trials if trial.score is not None]
    # Of equal trials, the one that started first is the best, as in the search.
    trials = sorted(scored, key=_score, reverse=True)[:LINES][::-1]
    names = _shown(model, trials)
    if len(trials) < 2 or not names:  # noqa: PLR2004 (a single line shows nothing)
        return None
    scales = {name: scale_of([trial.hyperparameters.get(name) for trial in trials]) for name in names}
    scores = scale_of([_score(trial) for trial in trials])
    figure = new_figure(width, height)
    axes = figure.add_axes((46 / width, 34 / height, (width - 46 - 58) / width, (height - 34 - 40) / height))
    axes.set_axis_off()
    axes.set_xlim(0, len(names))
    axes.set_ylim(-0.04, 1.04)
    lines = []
    for trial in trials:
        positions = [scale.position(trial.hyperparameters.get(name)) for name, scale in scales.items()]
        lines.append(list(enumerate([*positions, scores.position(_score(trial))])))
    best = max(1, round(_BEST_SHARE * len(lines)))
    axes.add_collection(LineCollection(lines[:-best], colors=FAINT, linewidths=0.9, alpha=0.45))
    axes.add_collection(LineCollection(lines[-best:], colors=ACCENT, linewidths=1.6))
    for x, (name, scale) in enumerate([*scales.items(), ("score", scores)]):
        axes.axvline(x, 0.04 / 1.08, 1.04 / 1.08, color=LINE, linewidth=1, zorder=0)
        _name_axis(figure, x, name, scale, model.asked if x == len(names) else None)
    return figure


def _score(trial: TrialRecord) -> float:
    return trial.score or 0.0


def _shown(model: ModelSummary, trials: Sequence[TrialRecord]) -> list[str]:
    """The hyperparameters that vary; the most important ones if there are too many to draw."""
    names = [name for name in model.record.hyperparameters if not name.startswith("tuner/")]
    names = [name for name in names if len({trial.hyperparameters.get(name) for trial in trials}) > 1]
    if len(names) > _AXES and model.importance is not None:
        ranked = [name for name in model.importance.shares if name in names]
        kept = set(ranked[:_AXES])
        names = [name for name in names if name in kept]
    return names[:_AXES]


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
