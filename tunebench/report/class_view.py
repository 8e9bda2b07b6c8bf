"""How a model does on each class: its confusions, precision and recall."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tunebench.comparison import ModelSummary
from tunebench.report import formats

# Beyond so many classes a matrix cannot be read; the commonest confusions are listed instead.
_MATRIX_UP_TO = 20
_LISTED = 5
_STRONGEST = 45
_NAME_LENGTH = 18


@dataclass(frozen=True)
class MatrixCell:
    """A share of a true class's images.

    Attributes:
        text: In percent; empty for none.
        heat: How strongly to colour it, in percent of the accent.
        correct: Whether it is on the diagonal.
    """

    text: str
    heat: int
    correct: bool


@dataclass(frozen=True)
class ClassRow:
    """One class: its row of the matrix, and its figures."""

    name: str
    images: str
    precision: str
    recall: str
    cells: tuple[MatrixCell, ...]


@dataclass(frozen=True)
class ClassView:
    """All classes of a model.

    Attributes:
        names: The classes, shortened, in the order of the columns; empty where there are too many.
        rows: One per class.
        confusions: The commonest ones, in words.
    """

    names: tuple[str, ...]
    rows: tuple[ClassRow, ...]
    confusions: tuple[str, ...]


def class_view(model: ModelSummary) -> ClassView | None:
    """Collect how a model does on each class, over all its seeds.

    Args:
        model: The model.

    Returns:
        Its view; ``None`` without predictions.
    """
    counts = model.confusion
    if counts is None:
        return None
    names = [formats.clean(name) for name in model.record.dataset.class_names]
    as_matrix = len(names) <= _MATRIX_UP_TO
    return ClassView(
        names=tuple(formats.shorten(name, _NAME_LENGTH) for name in names) if as_matrix else (),
        rows=tuple(
            _row(index, name, counts, model.seeds, as_matrix=as_matrix) for index, name in enumerate(names)
        ),
        confusions=tuple(_confusions(names, counts)),
    )


def _row(index: int, name: str, counts: NDArray[np.int64], seeds: int, *, as_matrix: bool) -> ClassRow:
    images, hits = int(counts[index].sum()), int(counts[index, index])
    predicted = int(counts[:, index].sum())
    cells = tuple(_cell(int(count), images, correct=at == index) for at, count in enumerate(counts[index]))
    return ClassRow(
        name=name,
        images=formats.count(images / seeds),
        precision=formats.percent(hits / predicted) if predicted else formats.MISSING,
        recall=formats.percent(hits / images) if images else formats.MISSING,
        cells=cells if as_matrix else (),
    )


def _cell(count: int, images: int, *, correct: bool) -> MatrixCell:
    share = count / images if images else 0.0
    text = f"{100 * share:.0f}" if share >= 0.005 else ""  # noqa: PLR2004 (rounds to one percent)
    # The square root lets rare confusions be seen.
    return MatrixCell(text, round(_STRONGEST * share**0.5), correct)


def _confusions(names: list[str], counts: NDArray[np.int64]) -> Iterable[str]:
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    for position in np.argsort(-wrong, axis=None, kind="stable")[:_LISTED]:
        true, predicted = divmod(int(position), len(names))
        count, images = int(wrong[true, predicted]), int(counts[true].sum())
        if count:
            share = formats.percent(count / images)
            yield f"{names[true]} taken for {names[predicted]}: {share} of its images"
