"""Trials of a search with given values and scores."""

from tunebench.comparison.importance import importance
from tunebench.records import HyperparameterValue, Importance, SearchRecord, TrialRecord


def scored_trial(score: float | None, **hyperparameters: HyperparameterValue) -> TrialRecord:
    """A trial with these values and this score."""
    return TrialRecord(
        trial_id="0",
        status="failed" if score is None else "completed",
        hyperparameters=dict(hyperparameters),
        score=score,
        started_at="2026-11-24T09:00:00+01:00",
        elapsed_seconds=1.0,
        seed=0,
    )


def search_of(
    trials: list[TrialRecord], pruned: int, tuner: str = "random", found: Importance | None = None
) -> SearchRecord:
    """What a record says of a search with these trials, which found this importance or is asked for it."""
    scores = [trial.score for trial in trials if trial.score is not None]
    return SearchRecord(
        tuner=tuner,
        trials=len(trials),
        completed=len(scores),
        failed=len(trials) - len(scores),
        pruned=pruned,
        seconds=max((trial.elapsed_seconds for trial in trials), default=0.0),
        best_score=max(scores, default=0.0),
        importance=found or importance(trials),
    )
