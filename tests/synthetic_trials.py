"""Trials of a search with given values and scores."""

from tunebench.records import HyperparameterValue, TrialRecord


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
