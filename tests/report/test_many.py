"""Many runs and many trials: a page that can still be mailed, made while one waits."""

import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.synthetic_runs import FOUR, Data, Model, write_runs
from tunebench.report import compare
from tunebench.report.extent import extent


def test_few_models_are_shown_in_full_and_many_in_part() -> None:
    """A page of two hundred runs would carry two hundred galleries, or one of four would miss its own."""
    assert extent(4, 4).in_full == 4
    assert extent(4, 4).note == ""
    many = extent(200, 200)
    assert many.in_full == 8
    assert "8 most accurate models" in many.note
    assert sum(extent(200, models).in_full for models in (100, 60, 40)) == 8


@pytest.mark.slow
def test_two_hundred_runs_stay_under_a_megabyte(tmp_path: Path) -> None:
    """A page that a mail server refuses and a phone cannot open."""
    models = [
        Model(name=f"m{number}", accuracy=0.4 + number / 500, seconds=5 + number % 37, seeds=2)
        for number in range(200)
    ]
    write_runs(tmp_path / "runs", models, Data(test_size=300))
    report = compare([], tmp_path / "runs", tmp_path / "page.html")
    assert len(report.table) == 200
    assert report.page.stat().st_size < 1_000_000


@pytest.mark.slow
def test_four_runs_of_two_hundred_trials_take_little_more_than_of_ten(tmp_path: Path) -> None:
    """A user would wait. Processor time, beside the same command's with few trials; measured: 1.1 to 1.3."""
    few, many = _processor_seconds(tmp_path / "few", 10), _processor_seconds(tmp_path / "many", 200)
    assert many < 2 * few
    assert (tmp_path / "many" / "p.html").stat().st_size < 1_000_000


def _processor_seconds(folder: Path, trials: int) -> float:
    """What comparing four runs of so many trials takes."""
    write_runs(folder / "runs", [replace(model, trials=trials) for model in FOUR])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "tunebench",
            "compare",
            "--runs-dir",
            folder / "runs",
            "--out",
            folder / "p.html",
        ],
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
