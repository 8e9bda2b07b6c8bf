"""Describe a trial in one line."""

from collections.abc import Mapping
from typing import Any

from tunebench.objectives import Objective
from tunebench.progress import duration, plural
from tunebench.records import TrialRecord
from tunebench.tuning.task import of_the_model


def describe(values: Mapping[str, Any]) -> str:
    """Hyperparameters, without Keras Tuner's own entries."""
    return ", ".join(
        f"{name}={value:.3g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in of_the_model(values).items()
    )


def result(record: TrialRecord, objective: Objective) -> str:
    """A trial's accuracy (or what else is the objective) or its failure, and the time it took."""
    spent = record.seconds
    # Without the prefix: every trial records the same cost, but it was paid once.
    took = duration(spent.setup + spent.fit + spent.evaluate)
    if record.score is None:
        return f"failed after {took}: {record.message}"
    pruned = " (pruned)" if record.status == "pruned" else ""
    value = f"val. {objective.words} {objective.score(record.score):.4f}"
    return f"{value} in {plural(record.epochs, 'epoch')}{pruned}, {took}"
