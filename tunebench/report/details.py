"""What the page tells of one model, collected."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tunebench.comparison import ModelSummary
from tunebench.report import charts, formats, svg
from tunebench.report.class_view import ClassView, class_view
from tunebench.report.gallery import GalleryView, gallery_view
from tunebench.report.provenance import Fact, own_facts
from tunebench.report.search_view import SearchView, search_view

_CURVES = (360, 230)


@dataclass(frozen=True)
class ModelView:
    """One model's part of the page.

    Attributes:
        label: Its name.
        target: Its identifier on the page.
        summary: The first line of its space.
        figures: Its accuracy and training time.
        in_full: Whether its pictures and classes are shown.
        curves: Its learning curves; ``None`` where no history was recorded, or where pictures are spared.
        search: Its search.
        classes: How it does on each class; ``None`` without predictions.
        gallery: Its most confident errors; ``None`` where they are not shown.
        facts: Where it comes from, as far as it is its own.
    """

    label: str
    target: str
    summary: str
    figures: str
    in_full: bool
    curves: Markup | None
    search: SearchView
    classes: ClassView | None
    gallery: GalleryView | None
    facts: tuple[Fact, ...]


def model_view(
    model: ModelSummary, target: str, shared: Sequence[Fact], *, in_full: bool, gallery: bool
) -> ModelView:
    """Collect what the page tells of one model.

    Args:
        model: The model.
        target: Its identifier on the page.
        shared: What is said once for all models.
        in_full: Whether to draw its pictures and tell of its classes.
        gallery: Whether to show its most confident errors.

    Returns:
        Its view.
    """
    accuracy, time = formats.percent(model.accuracy.mean), formats.seconds(model.train_seconds.mean)
    untuned = "not tuned" if model.set_by_hand else "default values"
    kind = "tuned" if model.record.kind == "tuned" else untuned
    return ModelView(
        label=formats.clean(model.label),
        target=target,
        summary=formats.clean(model.record.summary),
        figures=f"{accuracy} in {time}, {kind}",
        in_full=in_full,
        curves=_curves(model, target) if in_full else None,
        search=search_view(model, target, in_full=in_full),
        classes=class_view(model) if in_full else None,
        gallery=gallery_view(model) if in_full and gallery else None,
        facts=own_facts(model, shared),
    )


def _curves(model: ModelSummary, target: str) -> Markup | None:
    figure = charts.learning_curves(model, *_CURVES)
    if figure is None:
        return None
    kept = ", ".join(
        f"seed {final.seed}: epoch {final.best_epoch} of {final.epochs}" for final in model.record.finals
    )
    title = f"Learning curves of {formats.clean(model.label)}"
    description = f"Accuracy on training and validation images by epoch. Weights kept from {kept}."
    return svg.inline(figure, f"{target}-curves", title, description)
