"""Accuracy against the number of training images, for spaces that were run on several sizes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunebench.comparison.crossed import Crossed, difference
from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.multiple import holm
from tunebench.comparison.pairs import LEVEL

_Kind = tuple[str, str, str]


@dataclass(frozen=True)
class SizeSeries:
    """One space, trained on several numbers of images and tested on the same images.

    Attributes:
        label: Name of the space, with its kind unless tuned.
        models: One per number of training images, ascending.
        rising: Whether the gain from the last step in size is established.
    """

    label: str
    models: tuple[ModelSummary, ...]
    rising: bool

    @property
    def last_step(self) -> tuple[int, int]:
        """Numbers of training images of the last two models."""
        smaller, larger = (model.record.dataset.train_size for model in self.models[-2:])
        return smaller, larger


@dataclass(frozen=True)
class SizeCurve:
    """All spaces of a data set that were run on several sizes.

    Attributes:
        dataset: The data set's name.
        series: One per space and kind.
    """

    dataset: str
    series: tuple[SizeSeries, ...]


def size_curves(models: Iterable[ModelSummary]) -> tuple[SizeCurve, ...]:
    """Find the spaces that were run on several numbers of training images.

    If a space was run several times on one size, the run with the best validation accuracy is used. P-values
    of the last steps are corrected by Holm's method over the series of a curve.

    Args:
        models: The models of all sections.

    Returns:
        One curve per data set and set of test images with such spaces.
    """
    groups: dict[tuple[str, int, tuple[str, ...], bytes], dict[_Kind, list[ModelSummary]]] = {}
    for model in models:
        record, dataset = model.record, model.record.dataset
        if model.test_labels is not None:
            images = (dataset.name, dataset.test_size, tuple(dataset.class_names), model.test_labels)
            kinds = groups.setdefault(images, {})
            kinds.setdefault((record.space, record.kind, model.set_by_hand), []).append(model)
    curves = []
    for images, kinds in groups.items():
        found = {kind: chosen for kind, members in kinds.items() if len(chosen := _by_size(members)) > 1}
        if found:
            rising = _rising([(chosen[-2], chosen[-1]) for chosen in found.values()])
            series = [
                SizeSeries(_label(*kind), chosen, rises)
                for (kind, chosen), rises in zip(found.items(), rising, strict=True)
            ]
            curves.append(SizeCurve(images[0], tuple(series)))
    return tuple(curves)


def _label(space: str, kind: str, set_by_hand: str) -> str:
    return space if kind == "tuned" else f"{space}, {set_by_hand or 'defaults'}"


def _by_size(models: Iterable[ModelSummary]) -> tuple[ModelSummary, ...]:
    """One run per number of training images, by ascending number."""
    best: dict[int, ModelSummary] = {}
    for model in models:
        size = model.record.dataset.train_size
        best[size] = max(best.get(size, model), model, key=lambda each: each.validation_accuracy or 0.0)
    return tuple(best[size] for size in sorted(best))


def _rising(steps: Sequence[tuple[ModelSummary, ModelSummary]]) -> list[bool]:
    """Whether the gain of each step from a smaller to a larger size is established."""
    pairs = [
        (Crossed(larger.correct), Crossed(smaller.correct))
        for smaller, larger in steps
        if larger.correct is not None and smaller.correct is not None
    ]
    gains = [difference(larger, smaller) for larger, smaller in pairs]
    several = [min(larger.seeds, smaller.seeds) > 1 for larger, smaller in pairs]
    adjusted = holm([gain.p for gain in gains])
    return [
        gain.value > 0 and p < LEVEL and seeds
        for gain, p, seeds in zip(gains, adjusted, several, strict=True)
    ]
