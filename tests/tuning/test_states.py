"""What Hyperband leaves on the disk while it works."""

import random
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tunebench.tuning import oracles, states


def _hyperband(epochs: int, folder: Path) -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    return oracles.make("hyperband", hp, epochs, 1, folder)


def _play(oracle: Any, folder: Path) -> dict[str, int]:
    """A whole Hyperband, as the driver leads it, with empty files for states; what it cost."""
    folder.mkdir()
    scores = random.Random(0)  # noqa: S311 (nothing secret)
    found = {"trials": 0, "most states": 0, "promoted": 0, "epochs": 0, "epochs again": 0}
    while True:
        trial = oracle.create_trial("driver")
        if trial.status != "RUNNING":
            break
        states.drop_unneeded(folder, oracle)
        values = trial.hyperparameters.values
        found["trials"] += 1
        found["epochs"] += values["tuner/epochs"] - values["tuner/initial_epoch"]
        if parent := values.get("tuner/trial_id"):
            found["promoted"] += 1
            # Only those that can be promoted may be missed.
            if not states.state_path(folder, parent).exists():
                found["epochs again"] += values["tuner/initial_epoch"]
        states.state_path(folder, trial.trial_id).touch()
        found["most states"] = max(found["most states"], len(list(folder.iterdir())))
        oracle.update_trial(trial.trial_id, {"val_accuracy": scores.random()})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return found


@pytest.mark.parametrize(("epochs", "trials"), [(10, 30), (30, 90), (300, 725)])
def test_states_are_few_and_save_most_of_the_epochs(epochs: int, trials: int, tmp_path: Path) -> None:
    """A state is a model with its optimizer: hundreds of them fill a disk, none costs hours."""
    found = _play(_hyperband(epochs, tmp_path / "oracle"), tmp_path / "states")
    assert found["trials"] == trials
    assert found["most states"] <= states.MOST_KEPT + 2
    assert found["epochs again"] <= 0.06 * found["epochs"]


def test_without_the_limit_every_promotion_finds_its_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is dropped for want of a promotion must never be promoted."""
    monkeypatch.setattr(states, "MOST_KEPT", 10_000)
    found = _play(_hyperband(100, tmp_path / "oracle"), tmp_path / "states")
    assert found["promoted"] > 80
    assert found["epochs again"] == 0
    # The best third of a round of 98, the trial that runs and the one that it goes on from.
    assert found["most states"] <= 36


def test_all_states_of_a_trial_with_several_trainings_are_dropped(tmp_path: Path) -> None:
    """Those of further folds would stay for ever."""
    oracle = _hyperband(9, tmp_path / "oracle")
    oracle.create_trial("driver")
    for name in ("state-0000.npz", "state-0000-1.npz", "state-0007.npz", "state-0007-1.npz", "other.npz"):
        (tmp_path / name).touch()
    states.drop_unneeded(tmp_path, oracle)
    assert {path.name for path in tmp_path.glob("*.npz")} == {
        "state-0000.npz",
        "state-0000-1.npz",
        "other.npz",
    }
    states.forget(tmp_path)
    assert [path.name for path in tmp_path.glob("*.npz")] == ["other.npz"]
