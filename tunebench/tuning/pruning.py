"""Stop a trial that earlier trials were well ahead of: the median rule.

After each epoch a trial is compared with what the earlier ones had reached by then; one below their median
ends. Golovin et al., Google Vizier: A Service for Black-Box Optimization, KDD 2017, section 3.2. Unlike
there, both sides are the best epochs so far, for a trial's score is that of its best epoch. What the figures
below rest on: ``docs/decisions/0037``.
"""

from collections.abc import Sequence
from itertools import accumulate
from statistics import median

from tunebench.fitting.callbacks import OBJECTIVE
from tunebench.records import TrialRecord

# Trials that must have been compared with before one is stopped: the median of fewer is a matter of chance.
NUM_COMPARED = 3
# A trial trains this share of the epochs before it is judged: earlier, curves say little about their ends.
_FREE_SHARE = 0.2


def floors(earlier: Sequence[TrialRecord], epochs: int) -> tuple[float, ...]:
    """What a trial's best validation accuracy has to have reached, by epoch.

    Args:
        earlier: The trials to compare it with.
        epochs: Epochs of a trial at most.

    Returns:
        An accuracy from 0 to 1 for each epoch; 0 where nothing is asked.
    """
    curves = [curve for record in earlier if (curve := _best_so_far(record, epochs))]
    return tuple(
        _median_at(curves, epoch) if epoch >= _FREE_SHARE * epochs else 0.0 for epoch in range(1, epochs + 1)
    )


def expected_score(record: TrialRecord, earlier: Sequence[TrialRecord], epochs: int) -> float | None:
    """What a trial would have scored if it had not been stopped, as far as whole trainings tell.

    One that was stopped after two epochs is no worse for it. Its score is multiplied by what trainings that
    were not stopped gained after that epoch, their median.

    Args:
        record: The trial.
        earlier: The trials to learn from.
        epochs: Epochs of a trial at most.

    Returns:
        From 0 to 1; the trial's own score where it was not stopped or there is nothing to learn from, and
        ``None`` where it has none.
    """
    if record.score is None or record.status != "pruned" or not 0 < record.epochs <= epochs:
        return record.score
    whole = [
        curve for each in earlier if each.status == "completed" and (curve := _best_so_far(each, epochs))
    ]
    gains = [curve[-1] / reached for curve in whole if (reached := curve[record.epochs - 1]) > 0]
    return min(1.0, record.score * median(gains)) if gains else record.score


def _median_at(curves: list[list[float]], epoch: int) -> float:
    reached = [curve[epoch - 1] for curve in curves if len(curve) >= epoch]
    return median(reached) if len(reached) >= NUM_COMPARED else 0.0


def _best_so_far(record: TrialRecord, epochs: int) -> list[float]:
    """The best validation accuracy by each epoch; empty where the trial has none.

    A trial that ended by itself keeps its best. One that was stopped has no say in later epochs: nobody knows
    what it would have reached.
    """
    curve = list(accumulate((value or 0.0 for value in record.history.get(OBJECTIVE, [])), max))
    if curve and record.status == "completed":
        curve += curve[-1:] * (epochs - len(curve))
    return curve
