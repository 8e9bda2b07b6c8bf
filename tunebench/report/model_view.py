"""One model's part of the page."""

from dataclasses import dataclass

from markupsafe import Markup

from tunebench.comparison import ModelSummary
from tunebench.plain_text import clean
from tunebench.report import charts, svg
from tunebench.report.class_view import ClassView, class_view
from tunebench.report.gallery import GalleryView, gallery_view
from tunebench.report.provenance import Facts, own_facts
from tunebench.report.search_view import SearchView, search_view


@dataclass(frozen=True)
class ModelView:
    """One model's part of the page.

    Attributes:
        figures: The model.
        target: Its identifier on the page.
        kind: Whether it was tuned.
        in_full: Whether its charts and classes are shown.
        curves: Its learning curves; ``None`` without a history or if charts are not shown.
        search: Its search.
        classes: Its results per class; ``None`` without predictions or if they are not shown.
        gallery: Its most confident errors; ``None`` if they are not shown.
        facts: Its provenance, without what all models share.
    """

    figures: ModelSummary
    target: str
    kind: str
    in_full: bool
    curves: Markup | None
    search: SearchView
    classes: ClassView | None
    gallery: GalleryView | None
    facts: Facts


def model_view(model: ModelSummary, target: str, shared: Facts, *, in_full: bool, gallery: bool) -> ModelView:
    """Collect what the page shows of one model.

    Args:
        model: The model.
        target: Its identifier on the page.
        shared: Provenance that all models share.
        in_full: Whether to show its charts and classes.
        gallery: Whether to show its most confident errors.

    Returns:
        Its view.
    """
    untuned = "set by hand" if model.set_by_hand else "default values"
    return ModelView(
        figures=model,
        target=target,
        kind="tuned" if model.record.kind == "tuned" else untuned,
        in_full=in_full,
        curves=_curves(model, target) if in_full else None,
        search=search_view(model, target, in_full=in_full),
        classes=class_view(model) if in_full else None,
        gallery=gallery_view(model) if in_full and gallery else None,
        facts=own_facts(model, shared),
    )


def _curves(model: ModelSummary, target: str) -> Markup | None:
    figure = charts.learning_curves(model)
    if figure is None:
        return None
    kept = ", ".join(
        f"seed {final.seed}: epoch {final.best_epoch} of {final.epochs}" for final in model.record.finals
    )
    title = f"Learning curves of {clean(model.label)}"
    description = f"Accuracy on training and validation images by epoch. Weights kept from {kept}."
    return svg.inline(figure, f"{target}-curves", title, description)
