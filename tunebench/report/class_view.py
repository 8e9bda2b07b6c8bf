"""A model's results per class: confusions, precision and recall."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison import ModelSummary
from tunebench.report import formats

# With more classes a matrix cannot be read; only the most frequent confusions are listed.
_MATRIX_UP_TO = 20
_LISTED = 5
_STRONGEST = 45
_NAME_LENGTH = 18


@dataclass(frozen=True)
class ClassRow:
    """One class: its figures and its row of the confusion matrix.

    Attributes:
        name: The class.
        images: Its test images.
        precision: In percent.
        recall: In percent.
        cells: For each predicted class the share in percent, empty if it rounds to zero, and the strength
            of the cell's colour, in percent of the accent.
    """

    name: str
    images: str
    precision: str
    recall: str
    cells: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ClassView:
    """All classes of a model.

    Attributes:
        names: The classes, shortened, in the order of the columns; empty if there are too many.
        rows: One per class.
        confusions: The most frequent ones, in words.
    """

    names: tuple[str, ...]
    rows: tuple[ClassRow, ...]
    confusions: tuple[str, ...]


def class_view(model: ModelSummary) -> ClassView | None:
    """Collect a model's results per class, over all its seeds.

    Args:
        model: The model.

    Returns:
        Its view; ``None`` without predictions.
    """
    counts = model.confusion
    if counts is None:
        return None
    names = model.record.dataset.class_names
    shown = names if len(names) <= _MATRIX_UP_TO else []
    return ClassView(
        names=tuple(formats.shorten(name, _NAME_LENGTH) for name in shown),
        rows=tuple(
            _row(index, name, counts, model.seeds, num_cells=len(shown)) for index, name in enumerate(names)
        ),
        confusions=tuple(_confusions(names, counts)),
    )


def _row(index: int, name: str, counts: NDArray[np.int64], seeds: int, *, num_cells: int) -> ClassRow:
    images, hits = int(counts[index].sum()), int(counts[index, index])
    predicted = int(counts[:, index].sum())
    shares = (counts[index] / max(1, images)).tolist()[:num_cells]
    return ClassRow(
        name=name,
        images=formats.count(images / seeds),
        precision=formats.percent(hits / predicted) if predicted else formats.MISSING,
        recall=formats.percent(hits / images) if images else formats.MISSING,
        # The square root makes rare confusions visible.
        cells=tuple((_whole_percent(share), round(_STRONGEST * share**0.5)) for share in shares),
    )


def _whole_percent(share: float) -> str:
    text = f"{100 * share:.0f}"
    return "" if text == "0" else text


def _confusions(names: list[str], counts: NDArray[np.int64]) -> Iterable[str]:
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    for position in np.argsort(-wrong, axis=None, kind="stable")[:_LISTED]:
        true, predicted = divmod(int(position), len(names))
        count, images = int(wrong[true, predicted]), int(counts[true].sum())
        if count:
            share, often = formats.percent(count / images), formats.counted(count, "time")
            yield f"{names[true]} predicted as {names[predicted]}: {often}, {share} of its images"
