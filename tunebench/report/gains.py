"""What tuning gained each space over its default hyperparameters, in words."""

from collections.abc import Iterable, Sequence

from tunebench.comparison import ModelSummary, Pair, Section, Verdict
from tunebench.records import HyperparameterValue
from tunebench.report import formats, measures
from tunebench.report.words import Name, Sentence, joined


def tuning_gains(section: Section) -> Iterable[Sentence]:
    """Gains over the defaults, separating those that may also come from other training conditions.

    Args:
        section: The models of one data set.

    Yields:
        A sentence for models that differ from their defaults only by tuning, and one for the others.
    """
    alone: list[Sentence] = []
    mixed: list[Sentence] = []
    for model in section.models:
        default = _default(model, section.models) if model.record.kind == "tuned" else None
        pair = None if default is None else section.pair(model, default)
        if default is None or pair is None or pair.p_adjusted is None:
            continue
        gain = measures.difference(section.objective, model.score - default.score)
        others = _other_differences(model, default)
        evidence = "; ".join([_evidence(pair, pair.p_adjusted), *others])
        (mixed if others else alone).append((Name(model.label), f" {gain} ({evidence})"))
    if alone:
        yield ("Gain from tuning over the defaults: ", *joined(alone), ".")
    if mixed:
        yield ("Gain over the defaults from tuning and other changes: ", *joined(mixed), ".")


def _default(model: ModelSummary, models: Sequence[ModelSummary]) -> ModelSummary | None:
    """The baseline of a model's space, without hand-set values, whose training conditions are closest."""
    defaults = [other for other in models if other.record.space == model.record.space and other.is_default]
    return min(defaults, key=lambda other: len(_other_differences(model, other)), default=None)


def _other_differences(model: ModelSummary, default: ModelSummary) -> list[str]:
    """Differences between a winner and its defaults other than the hyperparameters."""
    ours, theirs = (
        {
            "image size": each.record.settings.get("image_size", "original"),
            "epoch limit": each.record.settings.get("epochs"),
            "patience": each.record.settings.get("patience"),
            "class weights": each.record.settings.get("class_weights", "none"),
            "refit": each.validation_accuracy is None,
            "backbone": each.record.settings.get("backbone"),
            "precision": each.record.environment.precision,
        }
        for each in (model, default)
    )
    return [
        f"{name} {_short(value)} instead of {_short(theirs[name])}"
        for name, value in ours.items()
        if value != theirs[name]
    ]


def _short(value: HyperparameterValue | None) -> str:
    """A setting in a word: the last part of a path or URL, whose full form is in the provenance."""
    return "none" if value is None else formats.value(value).rstrip("/").rpartition("/")[2]


def _evidence(pair: Pair, p_adjusted: float) -> str:
    if pair.verdict is Verdict.NOT_ESTABLISHED:
        return "not established"
    as_trained = ", as trained" if pair.verdict is Verdict.AS_TRAINED else ""
    return f"{formats.p_value(p_adjusted)}{as_trained}"
