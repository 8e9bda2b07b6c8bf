"""What the final trainings train: the hyperparameters that a search found, or those of a baseline."""

from dataclasses import dataclass

from tunebench.records import HyperparameterValue, SearchRecord


@dataclass(frozen=True, kw_only=True)
class Winner:
    """What the final trainings train.

    Attributes:
        hyperparameters: Of the model; Keras Tuner's own entries are left out.
        ranges: Of every declared hyperparameter that has one.
        search: What the search did; ``None`` for a baseline.
        epochs: Maximum number of epochs.
        best_epochs: The epochs that its trainings in the search took to their best one, on average; ``None``
            for a baseline.
    """

    hyperparameters: dict[str, HyperparameterValue]
    ranges: dict[str, list[HyperparameterValue]]
    search: SearchRecord | None
    epochs: int
    best_epochs: int | None = None
