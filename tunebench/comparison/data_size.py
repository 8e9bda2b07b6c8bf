"""How accuracy grows with the number of training images, where a space was run on several sizes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from tunebench.comparison.model_summary import ModelSummary
from tunebench.comparison.paired import exact_mcnemar, holm
from tunebench.comparison.pairs import Verdict, decide, difference_interval

_Kind = tuple[str, str, str]


@dataclass(frozen=True)
class SizeSeries:
    """One space, trained on several numbers of images and tested on the same ones.

    Attributes:
        label: What it is called.
        models: By ascending number of training images, all different.
        rising: Whether the step to the largest size still brought an established gain, whatever the seed.
    """

    label: str
    models: tuple[ModelSummary, ...]
    rising: bool

    @property
    def last_step(self) -> tuple[int, int]:
        """Training images of the last two models."""
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

    Of several runs of a space on one size, that with the best validation accuracy is taken: the test images
    choose nothing. P-values of the last steps are corrected by Holm's method over the series of a curve.

    Args:
        models: Of all sections.

    Returns:
        A curve per data set and set of test images that has one.
    """
    groups: dict[tuple[str, int, tuple[str, ...], bytes], dict[_Kind, list[ModelSummary]]] = {}
    for model in models:
        record, dataset = model.record, model.record.dataset
        labels = {each.labels.tobytes() for each in model.predictions}
        if len(labels) == 1:
            images = (dataset.name, dataset.test_size, tuple(dataset.class_names), labels.pop())
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
        if size not in best or _validated(model) > _validated(best[size]):
            best[size] = model
    return tuple(best[size] for size in sorted(best))


def _validated(model: ModelSummary) -> float:
    return model.mean_of("validation_accuracy")


def _rising(steps: Sequence[tuple[ModelSummary, ModelSummary]]) -> list[bool]:
    """For each step from a smaller to a larger size, whether the gain is established."""
    random = np.random.default_rng(0)
    pairs = [
        (larger.correct, smaller.correct)
        for smaller, larger in steps
        if larger.correct is not None and smaller.correct is not None
    ]
    adjusted = holm([exact_mcnemar(larger, smaller) for larger, smaller in pairs])
    return [
        larger.mean() > smaller.mean()
        and decide(larger, smaller, difference_interval(larger, smaller, random), p) is Verdict.ESTABLISHED
        for (larger, smaller), p in zip(pairs, adjusted, strict=True)
    ]
