"""Which models of a study each of its questions compares."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from tunebench.comparison.change import same_training
from tunebench.comparison.model_summary import ModelSummary
from tunebench.runs.study_record import PlannedRun, Role

Topic = Literal["search", "tuners", "augmentation", "early-stopping", "together", "data", "precision"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
Models = Sequence[tuple[PlannedRun, ModelSummary]]
# What changed, the model before and the one after.
Compared = tuple[str, ModelSummary, ModelSummary]

_BEFORE_AND_AFTER: Mapping[Topic, tuple[Role, Role]] = {
    "search": ("reference", "tuned"),
    "augmentation": ("plain", "augmented"),
    "early-stopping": ("plain", "stopped"),
    "together": ("plain", "both"),
    "precision": ("plain", "half-precision"),
}
_ALONE: tuple[Role, ...] = ("augmented", "stopped")
# The tuner that the others are compared with.
USUAL_TUNER = "random"


@dataclass(frozen=True, eq=False)
class Repeat:
    """A space whose training with augmentation and early stopping is the same as that with one of them.

    Attributes:
        label: The space.
        role: Of the run with one of them.
        both: The model with both.
    """

    label: str
    role: Role
    both: ModelSummary


def compared(topic: Topic, models: Models) -> Iterable[Compared]:
    """The models before and after a change.

    Args:
        topic: Of the question.
        models: The finished runs of the study.

    Yields:
        A space or, of the tuners, a tuner, and its two models.
    """
    if topic == "tuners":
        yield from _by_tuner(models)
        return
    for space in dict.fromkeys(planned.space for planned, _ in models):
        if topic == "data":
            yield from _by_size(models, space)
        else:
            before, after = (_find(models, space, role) for role in _BEFORE_AND_AFTER[topic])
            if before is not None and after is not None:
                yield space, before, after


def repeats(models: Models) -> Iterable[Repeat]:
    """The spaces for which augmentation and early stopping together are one of them alone."""
    for space, plain, both in compared("together", models):
        for role in _ALONE:
            one = _find(models, space, role)
            if one is not None and same_training(one, both) and not same_training(plain, both):
                yield Repeat(space, role, both)


def sizes(models: Models, space: str) -> list[ModelSummary]:
    """The models of a space on several numbers of images, ascending; the winner has all of them."""
    found = [model for each, model in models if (each.space, each.role) == (space, "size")]
    winner = _find(models, space, "tuned")
    return sorted([*found, *([winner] if winner else [])], key=images) if found else []


def images(model: ModelSummary) -> int:
    """Its training images."""
    return model.record.dataset.train_size


def _find(models: Models, space: str, role: Role) -> ModelSummary | None:
    return next((model for each, model in models if (each.space, each.role) == (space, role)), None)


def _by_size(models: Models, space: str) -> Iterable[Compared]:
    """From the largest number of images that is at most half to all of them."""
    found = sizes(models, space)
    smaller = [model for model in found[:-1] if 2 * images(model) <= images(found[-1])]
    if smaller:
        yield space, smaller[-1], found[-1]


def _by_tuner(models: Models) -> Iterable[Compared]:
    tuners = {str(planned.tuner): model for planned, model in models if planned.role == "tuner"}
    usual = tuners.pop(USUAL_TUNER, None)
    if usual is not None:
        yield from ((tuner, usual, model) for tuner, model in tuners.items())
