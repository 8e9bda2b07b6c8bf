"""What tuning gained each space over its defaults, in words."""

from collections.abc import Iterable, Sequence

from tunebench.comparison import ModelSummary, Pair, Section, Verdict
from tunebench.records import HyperparameterValue
from tunebench.report import formats
from tunebench.report.words import Name, Sentence


def tuning_gains(section: Section) -> Iterable[Sentence]:
    """What tuning gained; and where a winner was also trained longer, or otherwise, than the defaults, that.

    Args:
        section: The models of one data set.

    Yields:
        A sentence for the models that differ from their defaults by tuning alone, and one for the others.
    """
    alone: list[str] = []
    mixed: list[str] = []
    for model in section.models:
        default = _default(model, section.models) if model.record.kind == "tuned" else None
        pair = None if default is None else section.pair(model, default)
        if default is None or pair is None or pair.p_adjusted is None:
            continue
        gain = formats.points(model.accuracy.mean - default.accuracy.mean)
        others = _other_differences(model, default)
        parts = mixed if others else alone
        settled = "; ".join([_settled(pair), *others])
        parts += [", " if parts else "", Name(model.label), f" {gain} ({settled})"]
    if alone:
        yield ("Gained by tuning, over the defaults: ", *alone[1:], ".")
    if mixed:
        yield ("Gained over the defaults, by tuning and by other conditions: ", *mixed[1:], ".")


def _default(model: ModelSummary, models: Sequence[ModelSummary]) -> ModelSummary | None:
    """The baseline of a model's space that was trained most like it; nothing was set in it by hand."""
    defaults = [other for other in models if other.record.space == model.record.space and other.is_default]
    return min(defaults, key=lambda other: len(_other_differences(model, other)), default=None)


def _other_differences(model: ModelSummary, default: ModelSummary) -> list[str]:
    """What else than the hyperparameters differs between a winner and its defaults."""
    ours, theirs = model.record.settings, default.record.settings
    words = {
        "epochs": "epoch limit {} instead of {}",
        "patience": "patience {} instead of {}",
        "backbone": "backbone {} instead of {}",
    }
    values = {name: (ours.get(name), theirs.get(name)) for name in words}
    values["precision"] = (model.record.environment.precision, default.record.environment.precision)
    words["precision"] = "precision {} instead of {}"
    return [
        words[name].format(*(_said(value) for value in pair))
        for name, pair in values.items()
        if pair[0] != pair[1]
    ]


def _said(value: HyperparameterValue | None) -> str:
    """A setting in a word; of a path or a URL its last part, for the whole is in the provenance."""
    return "none" if value is None else formats.value(value).rstrip("/").rpartition("/")[2]


def _settled(pair: Pair) -> str:
    if pair.p_adjusted is None or pair.verdict is Verdict.NOT_ESTABLISHED:
        return "not established"
    as_trained = ", as trained" if pair.verdict is Verdict.AS_TRAINED else ""
    return f"{formats.p_value(pair.p_adjusted)}{as_trained}"
