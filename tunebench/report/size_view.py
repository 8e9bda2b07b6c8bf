"""Accuracy against the number of training images, as the page shows it."""

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from tunebench.comparison import SizeCurve
from tunebench.report import charts, formats, svg
from tunebench.report.words import dataset_title


@dataclass(frozen=True)
class SizeView:
    """One data set's curve.

    Attributes:
        key: Prefix of its identifiers.
        title: The data set.
        chart: The chart.
        sentences: What each series shows.
    """

    key: str
    title: str
    chart: Markup
    sentences: tuple[str, ...]


def size_view(curve: SizeCurve, key: str) -> SizeView:
    """Collect what the page shows of a curve.

    Args:
        curve: The spaces that were run on several sizes.
        key: Prefix of its identifiers.

    Returns:
        Its view.
    """
    sentences = tuple(_sentences(curve))
    figure = charts.accuracy_against_size(curve)
    title = "Accuracy against the number of training images"
    return SizeView(
        key, dataset_title(curve.dataset), svg.inline(figure, key, title, " ".join(sentences)), sentences
    )


def _sentences(curve: SizeCurve) -> Iterable[str]:
    for series in curve.series:
        steps = ", ".join(
            f"{formats.percent(model.accuracy.mean)} with {model.record.dataset.train_size:,}"
            for model in series.models
        )
        smaller, larger = series.last_step
        verdict = "accuracy still rose" if series.rising else "no rise is shown"
        yield f"{formats.name(series.label)}: {steps}; {verdict} between {smaller:,} and {larger:,} images."
