"""Models of a study that a change did not change, in words: the same trainings, or the same values."""

from collections.abc import Iterable, Sequence

from tunebench.comparison import Change, ModelSummary, Repeat
from tunebench.comparison.study_pairs import Topic
from tunebench.report import formats
from tunebench.report.words import Name, Sentence, joined

_SAME_PREDICTIONS = ", with the same predictions for every seed"


def nothing_changed(topic: Topic, changes: Sequence[Change]) -> Sentence:
    """What is the same of identical models, and why if that is known; without a full stop.

    Args:
        topic: Of the question.
        changes: Whose models are identical, all after the same trainings or none; at least one.
    """
    names = _names(changes)
    if topic == "tuners":
        found = (
            " found the same values" if all(each.same_values for each in changes) else " made the same models"
        )
        return (*names, f"{found} as random search")
    if not changes[0].same_training:
        return ("no prediction of ", *names, " changes")
    because = _SAME_PREDICTIONS
    if topic == "early-stopping" and not any(_stopped(each.after) for each in changes):
        because = f": it never stopped a training ({_limits(changes[0].after)})"
    elif topic == "search" and all(each.same_values for each in changes):
        because = ": the winner is the reference model, trained in the same way"
    return ("nothing changes for ", *names, because)


def both_are_one(repeats: Sequence[Repeat]) -> Iterable[Sentence]:
    """For which models augmentation and early stopping together are one of them alone, and why.

    Args:
        repeats: Any number.

    Yields:
        A clause for each of the two that is the other's equal.
    """
    for role, alone in (("augmented", "augmentation"), ("stopped", "early stopping")):
        if found := [each for each in repeats if each.role == role]:
            because = _SAME_PREDICTIONS
            if role == "augmented" and not any(_stopped(each.both) for each in found):
                because = f": early stopping never stopped a training ({_limits(found[0].both)})"
            yield (f"both together are {alone} alone for ", *_names(found), because)


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


def _stopped(model: ModelSummary) -> bool:
    return any(final.stopped_early for final in model.record.finals)


def _limits(model: ModelSummary) -> str:
    patience = model.record.settings.get("patience")
    return f"{_epochs(model)}, patience {patience}"


def _names(found: Sequence[Change] | Sequence[Repeat]) -> Sentence:
    return joined([(Name(each.label),) for each in found], last=" and ")
