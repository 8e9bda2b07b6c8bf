"""Ratios of training times."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.synthetic_runs import Model, write_runs
from tunebench.comparison import ModelSummary, TimeRatio, compare_runs, time_ratio
from tunebench.record_json import to_json
from tunebench.runs import read_run, select_runs
from tunebench.runs.timing import RepeatRecord, TimingRecord


def models(
    folder: Path, first: list[float], second: list[float], *, in_turns: bool = False
) -> tuple[ModelSummary, ModelSummary]:
    """Two models with these training times."""
    made = [
        Model(name="first", accuracy=0.9, seconds=1, seeds=len(first)),
        Model(name="second", accuracy=0.5, seconds=1, seeds=len(second)),
    ]
    for path, times in zip(write_runs(folder, made), (first, second), strict=True):
        if in_turns:
            _write_timing(path, times)
            continue
        record = json.loads((path / "run.json").read_text())
        for final, seconds in zip(record["finals"], times, strict=True):
            final["train_seconds"] = seconds
        (path / "run.json").write_text(json.dumps(record))
    found = compare_runs(select_runs([], folder)).sections[0].models
    return found[0], found[1]


def _write_timing(folder: Path, times: list[float]) -> None:
    record = read_run(folder).record
    repeats = [
        RepeatRecord(
            seed=seed,
            train_seconds=seconds,
            prefix_seconds=0.0,
            setup_seconds=0.0,
            fit_seconds=seconds,
            epochs=1,
            history={},
        )
        for seed, seconds in enumerate(times)
    ]
    timing = TimingRecord(
        dataset_sha256=record.dataset.sha256,
        hyperparameters=record.hyperparameters,
        environment=record.environment,
        repeats=repeats,
        started_at="2026-11-24T09:00:00+01:00",
        finished_at="2026-11-24T09:10:00+01:00",
    )
    (folder / "timing.json").write_bytes(to_json(timing))


def ratio(folder: Path, first: list[float], second: list[float], *, in_turns: bool = False) -> TimeRatio:
    """Their ratio, which has to exist."""
    found = time_ratio(*models(folder, first, second, in_turns=in_turns))
    assert found is not None
    return found


def test_a_ratio_has_an_interval_from_three_repeats_on(tmp_path: Path) -> None:
    """With fewer it is stated, but nothing is established."""
    found = ratio(tmp_path / "three", [2.0, 2.1, 1.9], [1.0, 1.05, 0.95])
    assert found.value == pytest.approx(2, rel=0.01)
    assert found.slower
    assert not found.faster
    few = ratio(tmp_path / "two", [2.0, 2.0], [1.0, 1.0])
    assert (few.interval, few.slower) == (None, False)


def test_turns_cancel_what_slowed_the_machine(tmp_path: Path) -> None:
    """Times that rise and fall together have a narrow interval if they were taken in turns."""
    first, second = [1.0, 2.0, 4.0], [1.2, 2.4, 4.9]
    together = ratio(tmp_path / "turns", first, second, in_turns=True)
    apart = ratio(tmp_path / "apart", first, second)
    assert together.faster
    assert not apart.faster


def test_times_of_other_conditions_have_no_ratio(tmp_path: Path) -> None:
    """Neither have times of 0."""
    here, _ = models(tmp_path / "here", [1.0, 1.0], [1.0, 1.0])
    elsewhere = [Model(name="first", accuracy=0.9, seconds=1, device="GPU: one")]
    write_runs(tmp_path / "elsewhere", elsewhere)
    (there,) = compare_runs(select_runs([], tmp_path / "elsewhere")).sections[0].models
    assert time_ratio(here, there) is None
    assert time_ratio(*models(tmp_path / "zero", [0.0], [1.0])) is None


def test_an_interval_covers_the_ratio(tmp_path: Path) -> None:
    """In about 95 of 100 draws with a scatter of a tenth."""
    random, covered = np.random.default_rng(3), []
    first, second = models(tmp_path, [1.0] * 4, [1.0] * 4)
    for _ in range(400):
        pair = []
        for model, truth in ((first, 1.3), (second, 1.0)):
            times = (truth * np.exp(random.normal(0, 0.1, 4))).tolist()
            finals = [
                replace(final, train_seconds=seconds)
                for final, seconds in zip(model.record.finals, times, strict=True)
            ]
            run = replace(model.run, record=replace(model.record, finals=finals))
            pair.append(replace(model, run=run))
        found = time_ratio(*pair)
        assert found is not None
        assert found.interval is not None
        covered.append(1.3 in found.interval)
    assert 0.92 <= np.mean(covered) <= 0.98
