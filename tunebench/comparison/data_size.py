"""How accuracy grows with the number of training images, where a space was run on several sizes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tunebench.comparison.figures import ModelFigures
from tunebench.comparison.paired import exact_mcnemar

_LEVEL = 0.05


@dataclass(frozen=True)
class SizeSeries:
    """One space, trained on several numbers of images and tested on the same ones.

    Attributes:
        label: What it is called.
        models: By ascending number of training images, all different.
        rising: Whether the step to the largest size still brought an established gain.
    """

    label: str
    models: tuple[ModelFigures, ...]
    rising: bool


@dataclass(frozen=True)
class SizeCurve:
    """All spaces of a data set that were run on several sizes.

    Attributes:
        dataset: The data set's name.
        series: One per space and kind.
    """

    dataset: str
    series: tuple[SizeSeries, ...]


def size_curves(models: Iterable[ModelFigures]) -> tuple[SizeCurve, ...]:
    """Find the spaces that were run on several numbers of training images.

    Args:
        models: Of all sections.

    Returns:
        A curve per data set and set of test images that has one.
    """
    groups: dict[tuple[str, int, tuple[str, ...], bytes], dict[tuple[str, str], list[ModelFigures]]] = {}
    for model in models:
        dataset = model.record.dataset
        if model.predictions:
            images = (dataset.name, dataset.test_size, tuple(dataset.class_names), _labels_key(model))
            kinds = groups.setdefault(images, {})
            kinds.setdefault((model.record.space, model.record.kind), []).append(model)
    curves = []
    for images, kinds in groups.items():
        series = [each for key, members in kinds.items() if (each := _series(key, members)) is not None]
        if series:
            curves.append(SizeCurve(images[0], tuple(series)))
    return tuple(curves)


def _labels_key(model: ModelFigures) -> bytes:
    return model.predictions[0].labels.tobytes()


def _series(key: tuple[str, str], models: Sequence[ModelFigures]) -> SizeSeries | None:
    best: dict[int, ModelFigures] = {}
    for model in models:
        size = model.record.dataset.train_size
        if size not in best or model.accuracy.mean > best[size].accuracy.mean:
            best[size] = model
    if len(best) < 2:  # noqa: PLR2004 (a curve has two points)
        return None
    ordered = tuple(best[size] for size in sorted(best))
    space, kind = key
    label = space if kind == "tuned" else f"{space}, defaults"
    return SizeSeries(label, ordered, _rising(ordered[-2], ordered[-1]))


def _rising(smaller: ModelFigures, larger: ModelFigures) -> bool:
    first, second = smaller.correct, larger.correct
    if (
        first is None
        or second is None
        or not np.array_equal(smaller.predictions[0].labels, larger.predictions[0].labels)
    ):
        return False
    return larger.accuracy.mean > smaller.accuracy.mean and exact_mcnemar(second, first) < _LEVEL
