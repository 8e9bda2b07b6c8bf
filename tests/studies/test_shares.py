"""The time of a study's searches."""

from pathlib import Path
from typing import Any

import pytest

from tunebench.errors import TunebenchError
from tunebench.runs.study_record import PlannedRun
from tunebench.studies.shares import check_next, with_budgets

SHARED: dict[str, Any] = {"space": "a", "part": "tuned"}
REFERENCE = PlannedRun(name="a-reference", role="reference", seconds=40.0, **SHARED)
SEARCHES = [
    PlannedRun(name="a-tuned", role="tuned", tuner="random", seconds=500.0, **SHARED),
    PlannedRun(name="a-grid", role="tuner", tuner="grid", seconds=500.0, **SHARED),
]
PLANNED = [REFERENCE, *SEARCHES]


def test_budgets_are_shared_by_the_searches() -> None:
    """What the other trainings and the time until now leave, in equal parts."""
    assert [run.budget for run in with_budgets(PLANNED, [], 100.0, 0.0)] == [None, 30.0, 30.0]
    assert [run.budget for run in with_budgets(PLANNED, [], 100.0, 20.0)] == [None, 20.0, 20.0]


def test_parts_that_are_added_leave_time_for_runs_that_were_planned_before() -> None:
    """Those that are still to be made count in full."""
    assert [run.budget for run in with_budgets(SEARCHES, [REFERENCE], 100.0, 0.0)] == [30.0, 30.0]


def test_without_a_budget_only_the_tuners_have_equal_time() -> None:
    """As much as the tuned run is expected to take."""
    assert [run.budget for run in with_budgets(PLANNED, [], None, 0.0)] == [None, None, 500.0]


def test_a_budget_that_is_too_small_is_refused_with_the_one_that_helps() -> None:
    """And that one is accepted."""
    with pytest.raises(TunebenchError) as caught:
        with_budgets(PLANNED, [], 50.0, 0.0)
    assert (
        "the other runs of this study take about 40 s, and its 2 searches need at least 10 s each. Use a "
        "--budget of at least 1 min 1 s"
    ) in str(caught.value)
    assert with_budgets(PLANNED, [], 61.0, 0.0)


def test_a_study_of_more_than_a_year_is_refused() -> None:
    """Such numbers are a mistake, and would not fit into study.json; also a budget of that length."""
    with pytest.raises(TunebenchError, match=r"about 2,777,778 hours\. Expected at most a year"):
        with_budgets([PlannedRun(name="a-plain", role="plain", seconds=1e10, **SHARED)], [], None, 0.0)
    with pytest.raises(TunebenchError, match="a smaller --budget"):
        with_budgets([REFERENCE], [], 1e150, 0.0)


def test_a_budget_has_to_be_enough_for_the_next_run(tmp_path: Path) -> None:
    """The line names both times; a run that has begun is continued."""
    with pytest.raises(TunebenchError, match=r"1\.0 s is not enough for the next run, a-reference, .* 40 s"):
        check_next(tmp_path, REFERENCE, 1.0)
    check_next(tmp_path, REFERENCE, 41.0)
    check_next(tmp_path, REFERENCE, None)
    (tmp_path / "a-reference").mkdir()
    (tmp_path / "a-reference" / "finals.jsonl").write_text("{}\n")
    check_next(tmp_path, REFERENCE, 1.0)
