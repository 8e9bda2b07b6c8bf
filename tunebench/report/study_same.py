"""Models of a study that a change did not change, in words: the same trainings, or the same values."""

from collections.abc import Iterable, Sequence

from tunebench.comparison import Change, ModelSummary
from tunebench.comparison.study import Topic
from tunebench.report import formats
from tunebench.report.words import Name, Sentence, joined


def nothing_changed(topic: Topic, changes: Sequence[Change]) -> Sentence:
    """What is the same of identical models, and why if that is known; without a full stop.

    Args:
        topic: Of the question.
        changes: Whose models are identical; at least one.
    """
    names = _names(changes)
    if topic == "tuners":
        found = (
            " found the same values" if all(each.same_values for each in changes) else " made the same models"
        )
        return (*names, f"{found} as random search")
    because = ", with the same predictions for every seed"
    if topic == "early-stopping" and not any(map(_stopped, changes)):
        because = f": it never stopped a training ({_limits(changes[0].after)})"
    elif topic == "search" and all(each.same_values for each in changes):
        because = ": the winner is the reference model, trained in the same way"
    return ("nothing changes for ", *names, because)


def same_values(changes: Iterable[Change], of: str = "") -> list[Sentence]:
    """Of models that a search gave the values that they had before, and how else they differ.

    Args:
        changes: Of any models.
        of: Whose values these are; empty: the default ones.

    Returns:
        A sentence per model.
    """
    return [_same_values(each, of) for each in changes if each.same_values and not each.identical]


def _same_values(change: Change, of: str) -> Sentence:
    after, before = (_epochs(model) for model in (change.after, change.before))
    trained = f", trained for {after} instead of {before}" if after != before else ""
    name = Name(change.label)
    if of:
        return (name, f" found the same values as {of}{trained}.")
    return ("The winner of ", name, f" has the default values{trained}.")


def _epochs(model: ModelSummary) -> str:
    """Of its final trainings; the mean, if they differ."""
    mean = model.mean_of("epochs")
    return formats.counted(mean, "epoch") if mean == round(mean) else f"{mean:.1f} epochs"


def _stopped(change: Change) -> bool:
    return any(final.stopped_early for final in change.after.record.finals)


def _limits(model: ModelSummary) -> str:
    patience = model.record.settings.get("patience")
    return f"{_epochs(model)}, patience {patience}"


def _names(changes: Sequence[Change]) -> Sentence:
    return joined([(Name(each.label),) for each in changes], last=" and ")
