"""Searches of several trainings a trial, and searches that end before their last trial."""

import time
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import keras_tuner
import numpy as np
import pytest

from tests.small import PLAIN_SPACE
from tests.tuning.searches import SETTINGS, SIX_POINTS, ledger, prepare, search, search_record
from tunebench.errors import SearchError, SpaceError
from tunebench.options import Tuner
from tunebench.progress import SilentProgress
from tunebench.tuning import fingerprint
from tunebench.tuning.budget import Budget
from tunebench.tuning.folds import folds
from tunebench.tuning.ledger import Ledger
from tunebench.tuning.tune import tune


def test_a_trial_that_is_trained_several_times_keeps_every_score(tmp_path: Path) -> None:
    """A mean without its parts cannot be judged, and a seed that is used twice repeats a score."""
    settings = replace(SETTINGS, trials=2, executions=3)
    preparation = prepare(tmp_path)
    search(preparation, tmp_path / "run", settings)
    for record in Ledger.open(tmp_path / "run" / "trials.jsonl").records:
        assert len(record.scores) == len(record.trainings) == 3
        assert record.score == pytest.approx(fmean(record.scores))
        assert [training.score for training in record.trainings] == record.scores
        assert len({training.seed for training in record.trainings}) == 3
        assert len({tuple(training.history["loss"]) for training in record.trainings}) == 3
        assert all(training.epochs == 2 for training in record.trainings)
    search(preparation, tmp_path / "single", replace(settings, executions=1))
    first, single = (Ledger.open(tmp_path / name / "trials.jsonl").records[0] for name in ("run", "single"))
    assert first.scores[0] == single.score, "the first of several is the training that there would be alone"
    assert not single.trainings


def test_promoted_trials_of_several_trainings_go_on_exactly(tmp_path: Path) -> None:
    """Each training has a state of its own; the second must not go on from the first one's."""
    settings = replace(SETTINGS, tuner="hyperband", trials=None, epochs=3, executions=2)
    search(prepare(tmp_path), tmp_path / "run", settings)
    records = {record.trial_id: record for record in Ledger.open(tmp_path / "run" / "trials.jsonl").records}
    promoted = [record for record in records.values() if record.hyperparameters.get("tuner/trial_id")]
    assert promoted
    for record in promoted:
        parent = records[str(record.hyperparameters["tuner/trial_id"])]
        for later, earlier in zip(record.trainings, parent.trainings, strict=True):
            assert later.seed == earlier.seed
            first_epoch = int(record.hyperparameters["tuner/initial_epoch"])
            assert later.epochs == int(record.hyperparameters["tuner/epochs"]) - first_epoch


def test_a_search_ends_in_time_and_goes_on_as_if_it_had_not(tmp_path: Path) -> None:
    """A trial that was cut for lack of time would stay in the ledger with too low a score."""
    preparation, settings = prepare(tmp_path), replace(SETTINGS, trials=4)
    search(preparation, tmp_path / "through", settings)
    heard = _Notes()
    # The third look at the clock finds the time gone: in the first epoch of the second trial.
    looks = iter([0.0] * 3)
    budget = Budget(100, 0.0, num_finals=1, epochs=2, test_share=0.3, now=lambda: next(looks, 1000.0))
    (tmp_path / "cut").mkdir()
    tune(preparation, settings, tmp_path / "cut", {}, heard, time.monotonic(), budget)
    cut = ledger(tmp_path / "cut")
    assert 1 <= len(cut) < 4
    assert any("time" in note for note in heard.notes)
    search(preparation, tmp_path / "cut", settings)
    assert ledger(tmp_path / "cut") == ledger(tmp_path / "through")


def test_a_budget_alone_ends_a_search_and_more_of_it_takes_it_further(tmp_path: Path) -> None:
    """A search that was given an hour would end after twenty trials of ten seconds."""
    folder, preparation = tmp_path / "run", prepare(tmp_path)
    settings = replace(SETTINGS, tuner="bayesian", trials=None, epochs=1, budgeted=True)
    folder.mkdir()
    tune(preparation, settings, folder, {}, SilentProgress(), time.monotonic(), _until(folder, 8))
    begun = ledger(folder)
    assert len(begun) == 8
    tune(preparation, settings, folder, {}, SilentProgress(), time.monotonic(), _until(folder, 22))
    assert len(ledger(folder)) == 22
    assert ledger(folder)[:8] == begun


@pytest.mark.parametrize("weighs_cost", [True, False])
def test_a_search_goes_on_as_it_was_begun_with_or_without_a_budget(
    tmp_path: Path, *, weighs_cost: bool
) -> None:
    """It would propose other trials than those in its ledger, and refuse to go on."""
    folder, preparation = tmp_path / "run", prepare(tmp_path)
    budgeted = replace(SETTINGS, tuner="bayesian", trials=None, epochs=1, budgeted=True)
    unbudgeted = replace(budgeted, trials=7, budgeted=False)
    context = {"precision": "float32"}
    first, then = (budgeted, unbudgeted) if weighs_cost else (unbudgeted, replace(budgeted, trials=9))
    folder.mkdir()
    for settings, number in ((first, 7), (replace(then, trials=9), 9)):
        budget = _until(folder, number) if settings.budgeted else None
        tune(preparation, settings, folder, context, SilentProgress(), time.monotonic(), budget)
        assert len(ledger(folder)) == number
    begun = fingerprint.begun(folder / "search.json")
    assert begun is not None
    assert begun.by_cost == weighs_cost


def _until(folder: Path, number: int) -> Budget:
    """A budget that is used up when so many trials have ended."""
    path = folder / "trials.jsonl"

    def now() -> float:
        return 1000.0 if path.exists() and len(Ledger.open(path).records) >= number else 0.0

    return Budget(100, 0.0, num_finals=1, epochs=1, test_share=0.3, now=now)


def test_a_first_trial_that_is_cut_is_what_there_is(tmp_path: Path) -> None:
    """A search of one slow trial would end without a winner, and the finals would train longer than it."""
    budget = Budget(1, 0.0, num_finals=1, epochs=6, test_share=0.3, now=lambda: 1000.0)
    settings = replace(SETTINGS, epochs=6, trials=1)
    (tmp_path / "run").mkdir()
    preparation = prepare(tmp_path)
    winner = tune(preparation, settings, tmp_path / "run", {}, SilentProgress(), time.monotonic(), budget)
    (record,) = Ledger.open(tmp_path / "run" / "trials.jsonl").records
    assert (record.status, record.epochs, winner.epochs) == ("cut", 1, 1)
    assert search_record(winner).trials == 1
    # With more time it is trained whole, as later trials are.
    search(preparation, tmp_path / "run", settings)
    (whole,) = Ledger.open(tmp_path / "run" / "trials.jsonl").records
    assert (whole.status, whole.epochs) == ("completed", 6)


def test_a_space_that_is_tried_to_its_end_says_so(tmp_path: Path) -> None:
    """A user who asked for a hundred trials would wonder where they are."""
    heard = _Notes()
    settings = replace(SETTINGS, trials=100, epochs=1, augment=False)
    source = SIX_POINTS
    (tmp_path / "run").mkdir()
    tune(prepare(tmp_path, source), settings, tmp_path / "run", {}, heard, time.monotonic())
    assert len(ledger(tmp_path / "run")) == 6
    assert heard.notes == ["The space has 6 points, and all were tried: the search ends here."]


class _Notes(SilentProgress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        self.notes.append(message)


def test_what_is_set_is_kept_and_not_tuned(tmp_path: Path) -> None:
    """A user who knows one value would pay for trials of the others."""
    settings = replace(SETTINGS, trials=4, hyperparameters={"units": "16"})
    winner = search(prepare(tmp_path), tmp_path / "run", settings)
    records = Ledger.open(tmp_path / "run" / "trials.jsonl").records
    assert [record.hyperparameters["units"] for record in records] == [16] * 4
    assert len({record.hyperparameters["learning_rate"] for record in records}) > 1
    assert winner.hyperparameters["units"] == 16
    assert "units" not in winner.ranges
    with pytest.raises(SpaceError, match=r"no hyperparameter 'unit'. Did you mean units"):
        search(prepare(tmp_path), tmp_path / "other", replace(settings, hyperparameters={"unit": 1}))
    with pytest.raises(SearchError, match="begun with other settings"):
        search(prepare(tmp_path), tmp_path / "run", replace(settings, hyperparameters={"units": 8}))


def test_a_grid_of_two_hyperparameters(tmp_path: Path) -> None:
    """The others would multiply it."""
    fixed = {"batch_size": 32, "augmentation": 0.0}
    search(
        prepare(tmp_path),
        tmp_path / "run",
        replace(SETTINGS, tuner="grid", trials=None, epochs=1, fixed=fixed),
    )
    records = ledger(tmp_path / "run")
    assert len(records) == 9
    assert (
        len(
            {(each["hyperparameters"]["units"], each["hyperparameters"]["learning_rate"]) for each in records}
        )
        == 9
    )


def test_cross_validation_scores_every_image_once(tmp_path: Path) -> None:
    """Folds that overlap, or differ between trials, compare trials on different images."""
    preparation = prepare(tmp_path)
    settings = replace(SETTINGS, trials=2, cv=3)
    search(preparation, tmp_path / "run", settings)
    for record in Ledger.open(tmp_path / "run" / "trials.jsonl").records:
        assert [training.fold for training in record.trainings] == [0, 1, 2]
        assert record.score == pytest.approx(fmean(record.scores))
    seen = [
        [(train.labels.tobytes(), held_out) for train, held_out in folds(preparation.prepare(hp), 3, seed=7)]
        for hp in (keras_tuner.HyperParameters(), keras_tuner.HyperParameters())
    ]
    images = np.concatenate([preparation.data.train.images, preparation.data.validation.images])
    held_out = np.concatenate([part.inputs for _, part in seen[0]])
    assert sorted(image.tobytes() for image in held_out) == sorted(image.tobytes() for image in images)
    assert [labels for labels, _ in seen[0]] == [labels for labels, _ in seen[1]]
    for (_, one), (_, other) in zip(*seen, strict=True):
        assert np.array_equal(one.inputs, other.inputs)
        shares = np.bincount(one.labels, minlength=10) / len(one)
        assert np.abs(shares - np.bincount(other.labels, minlength=10) / len(other)).max() == 0
        assert shares.min() > 0.05


def test_folds_and_executions_together(tmp_path: Path) -> None:
    """Each fold as often as was asked for, no two trainings alike."""
    search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, trials=1, epochs=1, cv=2, executions=2))
    (record,) = Ledger.open(tmp_path / "run" / "trials.jsonl").records
    assert [training.fold for training in record.trainings] == [0, 0, 1, 1]
    assert len({tuple(training.history["loss"]) for training in record.trainings}) == 4


def test_more_folds_than_images_of_a_class_is_one_clear_line(tmp_path: Path) -> None:
    """scikit-learn warns and goes on with folds without that class."""
    with pytest.raises(
        SearchError, match=r"200 folds needs 200 training images of each class, but one class has"
    ):
        search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, cv=200))


@pytest.mark.parametrize(
    ("tuner", "trials", "plan"),
    [
        ("grid", 2, "The grid has 90 points, of which 2 at most are tried."),
        ("hyperband", None, "Hyperband's plan: 6 trials of 11 epochs in all."),
    ],
)
def test_a_plan_is_told_before_the_first_trial(
    tmp_path: Path, tuner: Tuner, trials: int | None, plan: str
) -> None:
    """Nobody begins a grid of a million points on purpose."""
    heard = _Notes()
    settings = replace(SETTINGS, tuner=tuner, trials=trials, epochs=3)
    (tmp_path / "run").mkdir()
    tune(prepare(tmp_path), settings, tmp_path / "run", {}, heard, time.monotonic())
    assert heard.notes == [plan]


# `l2` is declared by some builds only, and then often without effect.
LATE = PLAIN_SPACE.replace(
    "    model = keras.Sequential",
    """    if hp.get("batch_size") > 32:
        regularized = hp.Boolean("regularized")
        with hp.conditional_scope("regularized", [True]):
            hp.Float("l2", 1e-6, 1e-2, sampling="log")
    model = keras.Sequential""",
    1,
)


@pytest.mark.parametrize("tuner", ["random", "bayesian", "hyperband", "grid"])
def test_late_hyperparameters_survive_a_resume(tuner: Tuner, tmp_path: Path) -> None:
    """What a build declared without a value would be forgotten, and the rest be another search."""
    preparation = prepare(tmp_path, LATE)
    settings = replace(SETTINGS, tuner=tuner, trials=8, epochs=3)
    search(preparation, tmp_path / "through", settings)
    expected = ledger(tmp_path / "through")
    assert any("regularized" in record["hyperparameters"] for record in expected)
    # Bayesian optimisation learns from the sixth on.
    for trials in (3, 6, 8):
        search(preparation, tmp_path / "cut", replace(settings, trials=trials))
    assert ledger(tmp_path / "cut") == expected
