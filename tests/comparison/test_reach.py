"""Training time until a validation accuracy is reached."""

import json
from pathlib import Path

import pytest

from tests.synthetic_runs import FOUR, Model, write_run, write_runs
from tunebench.comparison import ModelSummary, compare_runs
from tunebench.comparison.reach import reach, stated_levels
from tunebench.runs import select_runs


def model(tmp_path: Path, histories: list[dict[str, list[float | None]]], seconds: float) -> ModelSummary:
    """A model with these histories, each of whose trainings took so many seconds."""
    folder = write_run(tmp_path / "run", Model(name="m", accuracy=0.8, seconds=9, seeds=len(histories)))
    record = json.loads((folder / "run.json").read_text())
    for final, history in zip(record["finals"], histories, strict=True):
        final["history"] = history
        final["train_seconds"] = seconds
    (folder / "run.json").write_text(json.dumps(record))
    return compare_runs(select_runs([folder], tmp_path)).sections[0].models[0]


def test_the_first_epoch_that_is_good_enough_counts(tmp_path: Path) -> None:
    """The time ends with the first epoch that reaches the level; what no epoch has comes before them all."""
    history: dict[str, list[float | None]] = {
        "val_accuracy": [0.4, None, 0.72, 0.6, 0.9],
        "seconds": [1, 2, 3, 4, 5],
    }
    # Ten seconds for frozen features and building their network.
    trained = model(tmp_path, [history], 15)
    found = reach(trained, 0.7)
    assert (found.seconds, found.reached, found.seeds) == (13, 1, 1)
    # The last epoch ends with the training.
    assert reach(trained, 0.9).seconds == trained.train_seconds.mean


def test_seeds_that_never_reach_it_cost_their_time(tmp_path: Path) -> None:
    """The time of all trainings is divided by the number of those that reached the level."""
    histories: list[dict[str, list[float | None]]] = [
        {"val_accuracy": [0.8, 0.5], "seconds": [1, 3]},
        {"val_accuracy": [0.5, 0.6], "seconds": [1, 3]},
        {},
    ]
    trained = model(tmp_path, histories, 3)
    found = reach(trained, 0.7)
    assert found.seconds == 1 + 3 + 3
    assert (found.reached, found.seeds) == (1, 3)
    assert reach(trained, 0.9).seconds is None


def test_levels_are_round_and_reached_by_some_model(tmp_path: Path) -> None:
    """The levels are round and reached by at least one model."""
    write_runs(tmp_path, FOUR)
    models = compare_runs(select_runs([], tmp_path)).sections[0].models
    assert stated_levels(models) == pytest.approx((0.6, 0.7, 0.8, 0.85))
    assert stated_levels([]) == ()
