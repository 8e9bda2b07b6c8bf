"""Pages of many runs."""

from pathlib import Path

import pytest

from tests.synthetic_report import write_report
from tests.synthetic_runs import Data, Model, write_runs
from tunebench.report.view import num_in_full


def test_few_models_are_shown_in_full_and_many_in_part() -> None:
    """Up to twelve models are shown in full; of more, about eight, shared among the sections."""
    assert num_in_full(4, 4) == 4
    assert num_in_full(200, 200) == 8
    assert sum(num_in_full(200, models) for models in (100, 60, 40)) == 8


@pytest.mark.slow
def test_two_hundred_runs_stay_under_a_megabyte(tmp_path: Path) -> None:
    """The page of 200 runs is small, says what it leaves out, and its table is complete."""
    models = [
        Model(name=f"m{number}", accuracy=0.4 + number / 500, seconds=5 + number % 37, seeds=1)
        for number in range(200)
    ]
    write_runs(tmp_path / "runs", models, Data(test_size=100))
    report = write_report(tmp_path / "runs")
    assert len(report.table) == 200
    assert report.page.stat().st_size < 1_000_000
    assert "charts and class tables are shown only for the 8 most accurate models" in report.page.read_text()
