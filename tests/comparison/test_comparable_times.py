"""Training times of a later timing, and the conditions under which times are comparable."""

from pathlib import Path

import pytest

from tests.synthetic_runs import write_runs
from tests.synthetic_timings import time_again
from tunebench.comparison import Comparison, Standing, compare_runs
from tunebench.comparison.reach import reach, stated_levels
from tunebench.runs import select_runs


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """The runs of the four models."""
    return write_runs(tmp_path)


def compared(folders: list[Path]) -> Comparison:
    """Compare these runs."""
    return compare_runs(select_runs(folders, folders[0]))


def test_the_times_are_those_of_the_repeats(folders: list[Path]) -> None:
    """Times come from the later timing, accuracies from the final trainings."""
    time_again(folders[0], [20.0, 40.0])
    model = compared(folders[:1]).sections[0].models[0]
    assert model.train_seconds.values == (20.0, 40.0)
    assert (model.mean_timed("prefix_seconds"), model.mean_timed("epochs")) == (15.0, 4)
    assert model.seeds == 3
    assert len(model.accuracy.values) == 3


def test_the_front_is_that_of_the_new_times(folders: list[Path]) -> None:
    """Standings and relative times use the later timings."""
    assert compared(folders).sections[0].standings["cnn1"] is Standing.FRONT
    for folder in folders:
        time_again(folder, [1.0, 2.0, 3.0] if folder.name == "mobilenet_v2" else [10.0, 11.0, 12.0])
    section = compared(folders).sections[0]
    assert section.standings["mobilenet_v2"] is Standing.FRONT
    assert section.standings["cnn1"] is Standing.DOMINATED
    # Of geometric means.
    assert section.relative_time(section.models[-1]) == pytest.approx((10 * 11 * 12 / (1 * 2 * 3)) ** (1 / 3))


def test_a_stated_accuracy_is_reached_in_the_new_times(folders: list[Path]) -> None:
    """The time to a validation accuracy uses the later timing."""
    time_again(folders[0], [8.0])
    model = compared(folders[:1]).sections[0].models[0]
    found = reach(model, 0.2)
    assert (found.seconds, found.reached, found.seeds) == (6.0, 1, 1)
    assert stated_levels([model]) == (0.1, 0.2, 0.3, 0.4)


def test_the_machine_that_counts_is_the_one_that_timed(folders: list[Path]) -> None:
    """The timing conditions are those of the later timing."""
    time_again(folders[0], [3.0], device="GPU: one")
    assert len(compared(folders).sections[0].timing_conditions) == 2
    for folder in folders:
        time_again(folder, [3.0], device="GPU: one")
    conditions = compared(folders).sections[0].timing_conditions
    assert [each.device for each in conditions] == ["GPU: one"]


def test_a_damaged_timing_is_named_and_the_finals_times_used(folders: list[Path]) -> None:
    """A damaged timing is reported, and the times of the final trainings are used."""
    before = compared(folders).sections[0].models[-1].train_seconds
    (folders[0] / "timing.json").write_text("{")
    comparison = compared(folders)
    assert comparison.sections[0].models[-1].train_seconds == before
    (problem,) = comparison.problems
    assert problem.startswith("cnn1: ")
    assert "timing.json is not a readable" in problem
    assert problem.endswith("The times of its final trainings are used.")
