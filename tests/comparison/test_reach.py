"""Training time until a validation accuracy is reached."""

import json
from pathlib import Path

import pytest

from tests.synthetic_runs import FOUR, Model, write_run, write_runs
from tunebench.comparison import ModelSummary, compare_runs
from tunebench.comparison.reach import reach, stated_levels
from tunebench.runs import select_runs


def model(
    tmp_path: Path, histories: list[dict[str, list[float | None]]], prefix: float = 0.0
) -> ModelSummary:
    """A model with these histories."""
    folder = write_run(tmp_path / "run", Model(name="m", accuracy=0.8, seconds=9, seeds=len(histories)))
    record = json.loads((folder / "run.json").read_text())
    for final, history in zip(record["finals"], histories, strict=True):
        final["history"] = history
        final["prefix_seconds"] = prefix
    (folder / "run.json").write_text(json.dumps(record))
    return compare_runs(select_runs([folder], tmp_path)).sections[0].models[0]


def test_the_first_epoch_that_is_good_enough_counts(tmp_path: Path) -> None:
    """The time ends with the first epoch that reaches the level, and includes frozen features."""
    history: dict[str, list[float | None]] = {
        "val_accuracy": [0.4, None, 0.72, 0.6, 0.9],
        "seconds": [1, 2, 3, 4, 5],
    }
    found = reach(model(tmp_path, [history], prefix=10), 0.7)
    assert (found.seconds, found.reached, found.seeds) == (13, 1, 1)


def test_seeds_that_never_reach_it_cost_their_time(tmp_path: Path) -> None:
    """The time of all trainings is divided by the number of those that reached the level."""
    histories: list[dict[str, list[float | None]]] = [
        {"val_accuracy": [0.5, 0.8], "seconds": [1, 3]},
        {"val_accuracy": [0.5, 0.6], "seconds": [1, 3]},
        {},
    ]
    trained = model(tmp_path, histories)
    found = reach(trained, 0.7)
    wasted = sum(trained.train_seconds.values[1:])
    assert found.seconds == pytest.approx(3 + wasted)
    assert (found.reached, found.seeds) == (1, 3)
    assert reach(trained, 0.9).seconds is None


def test_levels_are_round_and_reached_by_some_model(tmp_path: Path) -> None:
    """The levels are round and reached by at least one model."""
    write_runs(tmp_path, FOUR)
    models = compare_runs(select_runs([], tmp_path)).sections[0].models
    assert stated_levels(models) == pytest.approx((0.6, 0.7, 0.8, 0.85))
    assert stated_levels([]) == ()
