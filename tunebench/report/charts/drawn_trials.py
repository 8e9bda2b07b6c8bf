"""Which trials and hyperparameters of a search are drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tunebench.comparison import ModelSummary
from tunebench.comparison.winner import winning_trial
from tunebench.records import TrialRecord

LINES = 200
_AXES = 7
_BEST_SHARE = 0.1


@dataclass(frozen=True)
class DrawnTrials:
    """What a chart of trials shows.

    Attributes:
        trials: The winner, then the others, the best first.
        names: The hyperparameters that have an axis; each varies among the trials.
        left_out: Those that vary too, but have no room.
    """

    trials: tuple[TrialRecord, ...]
    names: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def best(self) -> int:
        """How many trials are highlighted: a tenth, at least the winner."""
        return max(1, round(_BEST_SHARE * len(self.trials)))


def drawn_trials(model: ModelSummary) -> DrawnTrials | None:
    """Choose the best trials, and the hyperparameters that vary: the most important ones if there are many.

    Args:
        model: A tuned model.

    Returns:
        The choice; ``None`` with fewer than two scored trials or if no value varies.
    """
    winner = winning_trial(model.record, model.trials)
    scored = [trial for trial in model.trials if trial.score is not None]
    trials = sorted(scored, key=lambda trial: (trial is winner, score(trial)), reverse=True)[:LINES]
    varying = list(_varying(model, trials))
    if len(trials) < 2 or not varying:  # noqa: PLR2004 (a single line shows nothing)
        return None
    ranks = {} if model.importance is None else {name: at for at, name in enumerate(model.importance.shares)}
    kept = sorted(varying, key=lambda name: ranks.get(name, len(ranks)))[:_AXES]
    return DrawnTrials(
        tuple(trials),
        tuple(name for name in varying if name in kept),
        tuple(name for name in varying if name not in kept),
    )


def score(trial: TrialRecord) -> float:
    """The score of a trial that has one."""
    return trial.score or 0.0


def _varying(model: ModelSummary, trials: Sequence[TrialRecord]) -> Iterable[str]:
    """The winner's hyperparameters first, then those that only other trials have."""
    tried = dict.fromkeys(name for trial in trials for name in trial.hyperparameters)
    for name in dict.fromkeys((*model.record.hyperparameters, *tried)):
        values = {trial.hyperparameters.get(name) for trial in trials}
        if len(values) > 1 and not name.startswith("tuner/"):
            yield name
