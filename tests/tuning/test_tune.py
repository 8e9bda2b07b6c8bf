"""Small real searches."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.small import TINY_SPACE
from tests.tuning.searches import SETTINGS, SIX_POINTS, ledger, prepare, search, search_record
from tunebench.errors import InvalidSpaceError, RunFolderError, SearchError
from tunebench.features import FeatureCache
from tunebench.options import TUNERS, Tuner
from tunebench.tuning.ledger import Ledger


@pytest.mark.parametrize("tuner", TUNERS)
def test_a_search_that_was_cut_ends_as_one_that_was_not(tuner: Tuner, tmp_path: Path) -> None:
    """Finished trials would be lost or repeated, and the rest would be another search."""
    preparation = prepare(tmp_path)
    settings = replace(SETTINGS, tuner=tuner, trials=4, epochs=3)
    through = search(preparation, tmp_path / "through", settings)
    expected = ledger(tmp_path / "through")
    search(preparation, tmp_path / "cut", replace(settings, trials=2))
    assert ledger(tmp_path / "cut") == expected[:2]
    resumed = search(preparation, tmp_path / "cut", settings)
    assert ledger(tmp_path / "cut") == expected
    assert (resumed.hyperparameters, search_record(resumed).best_score) == (
        through.hyperparameters,
        search_record(through).best_score,
    )


def test_the_winner_is_the_best_trial(tmp_path: Path) -> None:
    """Another trial's hyperparameters would be trained and reported."""
    winner = search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, trials=4))
    records = Ledger.open(tmp_path / "run" / "trials.jsonl").records
    best = max(records, key=lambda record: record.score or 0)
    assert winner.hyperparameters == best.hyperparameters
    assert search_record(winner).best_score == best.score
    assert (search_record(winner).trials, search_record(winner).completed, search_record(winner).failed) == (
        4,
        4,
        0,
    )
    assert winner.ranges == {
        "units": [4, 8, 16],
        "learning_rate": [0.003, 0.01, 0.03],
        "batch_size": [32, 64],
        "augmentation": [0.0, 0.25, 0.5, 0.75, 1.0],
    }


def test_keras_tuners_files_can_be_deleted_at_any_time(tmp_path: Path) -> None:
    """The ledger is the truth."""
    preparation = prepare(tmp_path)
    search(preparation, tmp_path / "run", replace(SETTINGS, trials=2))
    for path in sorted((tmp_path / "run" / "tuner").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    search(preparation, tmp_path / "run")
    assert len(ledger(tmp_path / "run")) == 3


def test_a_promoted_trial_goes_on_where_its_parent_stopped(tmp_path: Path) -> None:
    """Keras Tuner drops the optimizer's state; here a promotion equals one long training."""
    preparation = prepare(tmp_path)
    settings = replace(SETTINGS, tuner="hyperband", trials=None, epochs=3)
    search(preparation, tmp_path / "run", settings)
    records = {record.trial_id: record for record in Ledger.open(tmp_path / "run" / "trials.jsonl").records}
    promoted = [record for record in records.values() if "tuner/trial_id" in record.hyperparameters]
    assert promoted
    for record in promoted:
        parent = records[str(record.hyperparameters["tuner/trial_id"])]
        assert (parent.epochs, record.epochs) == (1, 2)
        assert record.seed == parent.seed
    # Nothing is left to promote, so no state is kept.
    assert not list((tmp_path / "run" / "tuner").glob("state-*"))


def test_a_trial_without_finite_loss_fails_with_its_reason_and_the_search_goes_on(tmp_path: Path) -> None:
    """Keras Tuner counts it as completed."""
    source = TINY_SPACE.replace("[0.003, 0.01, 0.03], default=0.01", "[1e38, 0.01], default=1e38")
    winner = search(prepare(tmp_path, source), tmp_path / "run", replace(SETTINGS, trials=6))
    records = Ledger.open(tmp_path / "run" / "trials.jsonl").records
    failed = [record for record in records if record.status == "failed"]
    assert failed
    assert failed[0] is records[0]
    assert "loss was" in str(failed[0].message)
    assert failed[0].score is None
    assert winner.hyperparameters["learning_rate"] == 0.01
    assert search_record(winner).failed == len(failed)


def test_a_trial_whose_model_cannot_be_built_fails_alone(tmp_path: Path) -> None:
    """One impossible combination must not end the search."""
    impossible = "    if units == 16:\n        raise ValueError('too wide')\n    model = "
    source = SIX_POINTS.replace("    model = ", impossible)
    search(
        prepare(tmp_path, source),
        tmp_path / "run",
        replace(SETTINGS, tuner="grid", trials=None, augment=False),
    )
    records = Ledger.open(tmp_path / "run" / "trials.jsonl").records
    assert [record.hyperparameters["units"] for record in records].count(16) == 2
    assert len(records) == 6
    for record in records:
        assert (record.status == "failed") == (record.hyperparameters["units"] == 16)
        assert record.message is None or "too wide" in record.message


def test_a_search_in_which_everything_fails_stops_early_with_the_reason(tmp_path: Path) -> None:
    """Forty trials of the same error waste an evening."""
    source = TINY_SPACE.replace("[0.003, 0.01, 0.03], default=0.01", "[1e38, 2e38, 3e38]")
    with pytest.raises(SearchError, match=r"All 5 trials failed, \d of them because the training loss was"):
        search(prepare(tmp_path, source), tmp_path / "run", replace(SETTINGS, trials=40))
    assert len(Ledger.open(tmp_path / "run" / "trials.jsonl").records) == 5


def test_trouble_of_the_machine_ends_the_search_and_is_no_failed_trial(tmp_path: Path) -> None:
    """A full disk would be written into the ledger as a verdict on the hyperparameters, for good."""
    source = TINY_SPACE + (
        "\n\ndef frozen_prefix(hp, input_shape):\n"
        "    return keras.Sequential([keras.Input(input_shape), layers.Rescaling(1.0)])\n"
    )
    (tmp_path / "cache").touch()
    preparation = replace(prepare(tmp_path, source), cache=FeatureCache(tmp_path / "cache"))
    with pytest.raises(RunFolderError, match="cache"):
        search(preparation, tmp_path / "run")
    assert not (tmp_path / "run" / "trials.jsonl").exists()


def test_a_promoted_trial_whose_parents_state_is_damaged_trains_all_its_epochs(tmp_path: Path) -> None:
    """A torn checkpoint must cost time, not the trial."""
    preparation = prepare(tmp_path)
    settings = replace(SETTINGS, tuner="hyperband", trials=3, epochs=3)
    search(preparation, tmp_path / "run", settings)
    states = list((tmp_path / "run" / "tuner").glob("state-*.npz"))
    assert states
    for path in states:
        path.write_bytes(path.read_bytes()[:100])
    search(preparation, tmp_path / "run", replace(settings, trials=4))
    last = Ledger.open(tmp_path / "run" / "trials.jsonl").records[-1]
    assert last.hyperparameters["tuner/initial_epoch"] == 1
    assert (last.status, last.epochs) == ("completed", 3)


def test_a_failed_trial_that_had_declared_more_does_not_stop_the_resume(tmp_path: Path) -> None:
    """Its build is repeated on resume, to learn what it had declared, and fails again."""
    source = SIX_POINTS.replace(
        "    model = ",
        "    if units == 16:\n"
        "        hp.Choice('late', [1, 2])\n"
        "        raise ValueError('too wide')\n"
        "    model = ",
    )
    preparation = prepare(tmp_path, source)
    settings = replace(SETTINGS, tuner="grid", trials=6, augment=False)
    search(preparation, tmp_path / "run", settings)
    kept = ledger(tmp_path / "run")
    assert any("late" in record["hyperparameters"] for record in kept)
    search(preparation, tmp_path / "run", replace(settings, trials=None))
    assert ledger(tmp_path / "run")[:6] == kept
    assert len(ledger(tmp_path / "run")) > 6


def test_fresh_deletes_the_old_search_only_when_the_new_one_can_begin(tmp_path: Path) -> None:
    """A typing error in the space would cost the finished search."""
    search(prepare(tmp_path), tmp_path / "run")
    broken = prepare(tmp_path, TINY_SPACE.replace('metrics=["accuracy"]', "metrics=[]"))
    with pytest.raises(InvalidSpaceError):
        search(broken, tmp_path / "run", replace(SETTINGS, fresh=True))
    assert len(ledger(tmp_path / "run")) == 3
    search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, fresh=True, trials=1))
    assert len(ledger(tmp_path / "run")) == 1


def test_a_changed_space_is_not_mixed_with_the_old_one(tmp_path: Path) -> None:
    """Keras Tuner goes on in silence."""
    search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, trials=1))
    changed = prepare(tmp_path, TINY_SPACE.replace("[4, 8, 16]", "[4, 8, 16, 32]"))
    with pytest.raises(SearchError, match=r"space source sha256: .* hyperparameters changed"):
        search(changed, tmp_path / "run")


def test_a_space_that_cannot_be_scored_is_found_before_the_first_trial(tmp_path: Path) -> None:
    """Keras Tuner trains three trials before it says so."""
    with pytest.raises(InvalidSpaceError, match="maximises accuracy"):
        search(prepare(tmp_path, TINY_SPACE.replace('metrics=["accuracy"]', "metrics=[]")), tmp_path / "run")
    assert not (tmp_path / "run" / "trials.jsonl").exists()
