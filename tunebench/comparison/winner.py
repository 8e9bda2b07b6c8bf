"""The trial whose hyperparameters a run's final trainings have."""

from collections.abc import Mapping, Sequence

from tunebench.records import HyperparameterValue, RunRecord, TrialRecord


def winning_trial(record: RunRecord, trials: Sequence[TrialRecord]) -> TrialRecord | None:
    """The winner of a search, which need not have the highest score.

    Of equal scores, the one that started first won; a second training of the best trials may change the
    order; and a pruned trial never wins.

    Args:
        record: The run's.
        trials: The ledger.

    Returns:
        The trial; ``None`` if no trial with a score has the hyperparameters of the record.
    """
    wanted = _of_the_model(record.hyperparameters)
    found = [
        each for each in trials if each.score is not None and _of_the_model(each.hyperparameters) == wanted
    ]
    confirmed = record.search.confirmed if record.search is not None else {}
    first = next(iter(confirmed), None)
    # Hyperband trains the same values in several trials, each for more epochs.
    return max(found, key=lambda each: (each.trial_id == first, each.score or 0.0), default=None)


def _of_the_model(values: Mapping[str, HyperparameterValue]) -> dict[str, HyperparameterValue]:
    """Without Keras Tuner's own values."""
    return {name: value for name, value in values.items() if not name.startswith("tuner/")}
