"""Checkpoints of Hyperband's trials."""

import random
from pathlib import Path
from typing import Any

import keras_tuner
import pytest

from tunebench.tuning import checkpoints, oracles


def _hyperband(epochs: int) -> Any:
    hp = keras_tuner.HyperParameters()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    return oracles.make("hyperband", hp, epochs, 1)


def _play(oracle: Any, folder: Path) -> dict[str, int]:
    """A complete Hyperband as the driver runs it, with empty files for checkpoints; its counts."""
    scores = random.Random(0)  # noqa: S311 (not for cryptography)
    found = {"trials": 0, "most kept": 0, "promoted": 0, "epochs": 0, "epochs repeated": 0}
    while (trial := oracle.create_trial("driver")).status == "RUNNING":
        checkpoints.remove_unneeded(folder, oracle)
        values = trial.hyperparameters.values
        found["trials"] += 1
        found["epochs"] += values["tuner/epochs"] - values["tuner/initial_epoch"]
        if parent := values.get("tuner/trial_id"):
            found["promoted"] += 1
            if not checkpoints.checkpoint_path(folder, parent).exists():
                found["epochs repeated"] += values["tuner/initial_epoch"]
        checkpoints.checkpoint_path(folder, trial.trial_id).touch()
        found["most kept"] = max(found["most kept"], len(list(folder.iterdir())))
        oracle.update_trial(trial.trial_id, {oracles.SCORE: scores.random()})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return found


@pytest.mark.parametrize(("epochs", "trials"), [(10, 30), (100, 254)])
def test_few_checkpoints_save_most_epochs(epochs: int, trials: int, tmp_path: Path) -> None:
    """At most ten checkpoints are kept, and at most 6 % of the epochs are repeated for those removed."""
    found = _play(_hyperband(epochs), tmp_path)
    assert found["trials"] == trials
    assert found["most kept"] <= checkpoints.MOST_KEPT + 2
    assert found["epochs repeated"] <= 0.06 * found["epochs"]


def test_promoted_trials_find_their_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the limit, no checkpoint that a promotion needs is removed."""
    monkeypatch.setattr(checkpoints, "MOST_KEPT", 10_000)
    found = _play(_hyperband(100), tmp_path)
    assert found["promoted"] > 80
    assert found["epochs repeated"] == 0
    # The best third of a round of 98, the running trial and its parent.
    assert found["most kept"] <= 36


def test_all_checkpoints_of_a_trial_are_removed(tmp_path: Path) -> None:
    """The checkpoints of a trial's further trainings are removed with the first; other files are kept."""
    oracle = _hyperband(9)
    oracle.create_trial("driver")
    for name in ("state-0000.npz", "state-0000-1.npz", "state-0007.npz", "state-0007-1.npz", "other.npz"):
        (tmp_path / name).touch()
    checkpoints.remove_unneeded(tmp_path, oracle)
    assert {path.name for path in tmp_path.iterdir()} == {"state-0000.npz", "state-0000-1.npz", "other.npz"}
    checkpoints.remove_all(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["other.npz"]
    (tmp_path / "other.npz").unlink()
    checkpoints.remove_all(tmp_path)
    assert not tmp_path.exists()
