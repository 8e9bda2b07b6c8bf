"""Learning curves: accuracy per epoch of each final training."""

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from tunebench.comparison import ModelSummary
from tunebench.records import History
from tunebench.report.charts.style import (
    ACCENT,
    FAINT,
    PAPER,
    SMALL,
    SOFT,
    end_labels,
    new_figure,
    plain_axes,
)


def learning_curves(model: ModelSummary, width: float = 360, height: float = 230) -> Figure | None:
    """Accuracy per epoch of each final training, with the epoch whose weights were kept.

    Args:
        model: The model.
        width: Of the chart.
        height: Of the chart.

    Returns:
        The figure; ``None`` if no history was recorded.
    """
    finals = [final for final in model.record.finals if _values(final.history, "val_accuracy")]
    if not finals:
        return None
    figure = new_figure(width, height)
    axes = plain_axes(figure, (42, 40, 74, 12))
    ends: dict[str, tuple[float, str, str]] = {}
    for final in finals:
        for metric, name, colour, text_colour, line in _CURVES:
            values = _values(final.history, metric)
            if values:
                axes.plot(range(1, len(values) + 1), values, color=colour, linewidth=1.3, linestyle=line)
            known = [value for value in values if value == value]  # noqa: PLR0124 (not NaN)
            if known:
                ends[metric] = (known[-1], name, text_colour)
        validation = _values(final.history, "val_accuracy")
        if 1 <= final.best_epoch <= len(validation):
            kept = validation[final.best_epoch - 1]
            axes.plot(
                final.best_epoch,
                kept,
                marker="o",
                markersize=6,
                color=PAPER,
                markeredgecolor=ACCENT,
                zorder=5,
            )
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:g}"))
    axes.set_xlabel("epoch", color=SOFT, fontsize=SMALL)
    end_labels(axes, list(ends.values()))
    return figure


_CURVES = (
    ("accuracy", "training", FAINT, SOFT, (0, (4, 2))),
    ("val_accuracy", "validation", ACCENT, ACCENT, "solid"),
)


def _values(history: History, metric: str) -> list[float]:
    """In percent; missing values are NaN."""
    return [float("nan") if value is None else 100 * value for value in history.get(metric, [])]
