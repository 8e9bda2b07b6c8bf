"""Training time until a stated validation accuracy was reached (the measure of DAWNBench)."""

from collections.abc import Sequence
from dataclasses import dataclass

from tunebench.comparison.model_summary import ModelSummary
from tunebench.records import FinalRecord
from tunebench.runs.timing import RepeatRecord

_LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99, 0.995)
_SHOWN = 4


@dataclass(frozen=True)
class Reach:
    """How fast a model reached a validation accuracy.

    Attributes:
        level: The validation accuracy, from 0 to 1.
        seconds: Expected training time, with a new seed after each training that failed; ``None`` if all did.
        reached: Number of seeds that reached it.
        seeds: Number of timed trainings, one per seed.
    """

    level: float
    seconds: float | None
    reached: int
    seeds: int


def stated_levels(models: Sequence[ModelSummary]) -> tuple[float, ...]:
    """The highest round validation accuracies that some model reached.

    Args:
        models: The models of one data set.

    Returns:
        At most four levels, ascending; none without a recorded history.
    """
    timed = [training for model in models for training in model.timed]
    best = max((score for training in timed for score in _scores(training)), default=0.0)
    return tuple(level for level in _LEVELS if level <= best)[-_SHOWN:]


def reach(model: ModelSummary, level: float) -> Reach:
    """When a model reached a validation accuracy.

    The time is that of the timed trainings, as everywhere on the page: all of it but the epochs after the
    first one whose validation accuracy is at least the level. Validation is not timed.

    Args:
        model: The model.
        level: Validation accuracy, from 0 to 1.

    Returns:
        The expected time, and how many seeds reached the level. A seed that did not costs its whole time, so
        the time of all trainings is divided by the number of those that reached the level.

    Source:
        A. Auger and N. Hansen, "Performance evaluation of an advanced local search evolutionary algorithm",
        CEC (2005), section 3 (the expected running time). C. Coleman et al., "DAWNBench: an end-to-end deep
        learning benchmark and competition", NIPS ML Systems Workshop (2017).
    """
    times = [_seconds(training, level) for training in model.timed]
    reached = len(times) - times.count(None)
    spent = [
        training.train_seconds if time is None else time
        for training, time in zip(model.timed, times, strict=True)
    ]
    return Reach(level, sum(spent) / reached if reached else None, reached, len(times))


def _scores(training: FinalRecord | RepeatRecord) -> list[float]:
    return [value for value in training.history.get("val_accuracy", []) if value is not None]


def _seconds(training: FinalRecord | RepeatRecord, level: float) -> float | None:
    scores, seconds = training.history.get("val_accuracy", []), training.history.get("seconds", [])
    # Epochs are timed without the frozen network: neither its features nor building it.
    before = max(0.0, training.train_seconds - max((each or 0.0 for each in seconds), default=0.0))
    for score, time in zip(scores, seconds, strict=False):
        if score is not None and time is not None and score >= level:
            return before + time
    return None
