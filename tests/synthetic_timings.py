"""Synthetic timings of finished runs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.synthetic_runs import ENVIRONMENT
from tunebench.runs import read_run
from tunebench.runs.timing import RepeatRecord, TimingRecord, write_timing


def time_again(
    folder: Path,
    seconds: Sequence[float],
    *,
    started_at: str = "2026-11-25T10:00:00+01:00",
    device: str = "CPU",
    other_load: float | None = None,
    paused_seconds: float = 0,
    command: str = "",
) -> None:
    """Write a run's ``timing.json`` with one repeat per duration, half of it for frozen features."""
    record = read_run(folder).record
    repeats = [
        RepeatRecord(
            seed=seed,
            train_seconds=each,
            prefix_seconds=each / 2,
            setup_seconds=each / 8,
            fit_seconds=3 * each / 8,
            epochs=4,
            other_load=other_load,
            paused_seconds=paused_seconds,
            history={"val_accuracy": [0.1, 0.2, 0.3, 0.4], "seconds": [each * n / 8 for n in (1, 2, 3, 4)]},
        )
        for seed, each in enumerate(seconds)
    ]
    timing = TimingRecord(
        dataset_sha256=record.dataset.sha256,
        hyperparameters=record.hyperparameters,
        environment=replace(ENVIRONMENT, device=device),
        repeats=repeats,
        started_at=started_at,
        finished_at="2026-11-25T11:00:00+01:00",
        command=command,
    )
    write_timing(folder, timing)
