"""Runs in the folder of a study that are not what it planned."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.synthetic_runs import Data, Model, write_run
from tunebench.runs import Run, read_run
from tunebench.runs.study_fit import is_its_trials, misfits, values_for
from tunebench.runs.study_record import PlannedRun, Role, StudyFolder, StudyRecord

VALUES = {"units": 8, "augmentation": 0.0}
FITTING: dict[str, Any] = {
    "accuracy": 0.5,
    "seconds": 1,
    "space": "tiny",
    "tuned": False,
    "hyperparameters": VALUES,
    "settings": {"patience": None, "epochs": 2},
}


def planned(role: Role, **changed: Any) -> PlannedRun:
    """A run of a plan."""
    return PlannedRun(
        **{"name": f"tiny-{role}", "space": "tiny", "part": "tuned", "role": role, "epochs": 2, **changed}
    )


def told(folder: Path, plan: PlannedRun, winner: Run | None = None, **changed: Any) -> str:
    """What is said of a run; empty if it fits."""
    model = Model(**{"name": plan.name, **FITTING, **changed})
    run = read_run(write_run(folder / plan.name, model, Data(name="digits", train_size=100, test_size=50)))
    record = StudyRecord(settings={"seed": 0}, runs=[plan])
    runs = {plan.name: run} | ({} if winner is None else {"tiny-tuned": winner})
    return misfits(StudyFolder(folder, record), runs).get(plan.name, "")


def test_a_run_as_planned_fits(tmp_path: Path) -> None:
    """A search with a time limit may have shortened its final trainings."""
    assert not told(tmp_path, planned("reference"))
    search = planned("tuned", tuner="random", patience=8, epochs=30, budget=60.0)
    assert not told(tmp_path, search, tuned=True, settings={"patience": 8, "epochs": 5})


@pytest.mark.parametrize(
    ("role", "changed", "words"),
    [
        ("reference", {"space": "other"}, "(space: other instead of tiny)"),
        ("reference", {"tuned": True}, "(tuner: random instead of none)"),
        ("plain", {"settings": {"patience": 8, "epochs": 2}}, "(patience: 8 instead of none)"),
        ("plain", {"settings": {"patience": None, "epochs": 3}}, "(epochs: 3 instead of 2)"),
        (
            "plain",
            {"settings": {"patience": None, "epochs": 2, "seed": 7}},
            "(seed: 7 instead of 0)",
        ),
        ("half-precision", {}, "(precision: float32 instead of mixed_bfloat16)"),
    ],
)
def test_what_differs_from_the_plan_is_named(
    role: Role, changed: dict[str, Any], words: str, tmp_path: Path
) -> None:
    """In one line, which says what to do."""
    found = told(tmp_path, planned(role), **changed)
    assert words in found
    assert "Move it away or delete it" in found


def test_the_number_of_images_is_compared(tmp_path: Path) -> None:
    """Of the runs on parts of them."""
    found = told(tmp_path, planned("size", train_size=80))
    assert "training images: 100 instead of 80" in found


def test_a_follow_up_has_the_values_of_the_winner(tmp_path: Path) -> None:
    """But for augmentation, which its role decides."""
    model = Model(**{**FITTING, "name": "tiny-tuned", "tuned": True})
    winner = read_run(write_run(tmp_path / "tiny-tuned", model))
    assert not told(tmp_path, planned("plain"), winner)
    assert not told(tmp_path, planned("augmented"), winner, hyperparameters={**VALUES, "augmentation": 0.5})
    assert "augmentation: 0 instead of 0.5" in told(tmp_path, planned("augmented"), winner)
    other = {**VALUES, "units": 4}
    assert "units: 4 instead of 8" in told(tmp_path, planned("plain"), winner, hyperparameters=other)


def test_a_winner_is_one_of_its_trials(tmp_path: Path) -> None:
    """If its record was edited, it is none of them."""
    run = read_run(write_run(tmp_path / "a", Model(name="a", accuracy=0.5, seconds=1)))
    tried = dict(run.trial_records[0].hyperparameters)
    for values, fits in ((tried, True), ({**tried, "extra": 1}, False)):
        edited = Run(run.folder, replace(run.record, hyperparameters=values))
        assert is_its_trials(edited) is fits


def test_augmentation_is_the_winners_own_if_it_has_some() -> None:
    """Otherwise the classic strength, or one more view of a model with a frozen network."""
    assert values_for("augmented", {"augmentation": 0.0}) == {"augmentation": 0.5}
    assert values_for("augmented", {"units": 8}) == {"units": 8, "augmentation": 0.5}
    assert values_for("both", {"augmentation": 1.0}) == {"augmentation": 1.0}
    assert values_for("plain", {"augmentation": 1.0}) == {"augmentation": 0.0}
    assert values_for("augmented", {"views": 4}) == {"views": 4}
    assert values_for("augmented", {"views": 1}) == {"views": 2}
    assert values_for("size", {"views": 4, "units": 8}) == {"views": 4, "units": 8}
