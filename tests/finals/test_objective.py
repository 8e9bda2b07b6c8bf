"""Final trainings by another objective, and with class weights."""

from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.small import UNTRACED_SPACE, write_space
from tunebench.finals.reopen import recorded_options
from tunebench.progress import SilentProgress

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 100, "test_size": 50, "seeds": 1, "epochs": 2}


def test_final_trainings_keep_the_best_epoch_of_the_objective(tmp_path: Path) -> None:
    """The record has both settings, the accuracy of that epoch, and the options that time it again."""
    space = write_space(tmp_path, UNTRACED_SPACE)
    runs = {
        weights: tunebench.train(
            space,
            **SMALL,
            objective="macro_f1",
            class_weights=weights,
            runs_dir=tmp_path / "runs",
            name=weights,
        )
        for weights in ("none", "balanced")
    }
    for weights, run in runs.items():
        (final,) = run.record.finals
        values = [value or 0.0 for value in final.history["val_macro_f1"]]
        assert final.best_epoch == values.index(max(values)) + 1
        assert final.validation_accuracy == final.history["val_accuracy"][final.best_epoch - 1]
        options = recorded_options(run.record, None, SilentProgress())
        assert (options.objective, options.class_weights) == ("macro_f1", weights)
    plain, balanced = (run.record.finals[0].history["loss"][0] for run in runs.values())
    assert plain != pytest.approx(balanced)
