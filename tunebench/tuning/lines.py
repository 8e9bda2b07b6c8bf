"""What a search says of a trial, in a line."""

from collections.abc import Mapping
from typing import Any

from tunebench.progress import duration
from tunebench.records import TrialRecord


def describe(values: Mapping[str, Any]) -> str:
    """Hyperparameters in one line, Keras Tuner's own left out."""
    own = (name for name in values if not name.startswith("tuner/"))
    return ", ".join(
        f"{name}={values[name]:.3g}" if isinstance(values[name], float) else f"{name}={values[name]}"
        for name in own
    )


def result(record: TrialRecord) -> str:
    """How a trial ended: its accuracy or its failure, and the time that it took."""
    spent = record.seconds
    # The prefix is left out: its recorded cost is the same in each trial, and was paid once.
    took = duration(spent.setup + spent.fit + spent.evaluate)
    if record.score is None:
        return f"failed after {took}: {record.message}"
    behind = " (pruned)" if record.status == "pruned" else ""
    return f"val. accuracy {record.score:.4f} in {record.epochs} epochs{behind}, {took}"
