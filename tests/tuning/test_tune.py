"""Small real searches: resuming, failures and the winner."""

from dataclasses import replace
from pathlib import Path
from statistics import fmean

import pytest

from tests.small import TINY_SPACE, UNTRACED_SPACE
from tests.tuning.searches import (
    SETTINGS,
    SIX_POINTS,
    Notes,
    interrupted,
    ledger,
    prepare,
    records,
    search,
    search_record,
)
from tunebench import spaces
from tunebench.errors import InvalidSpaceError, RunFolderError, SearchError, SpaceError
from tunebench.features import FeatureCache
from tunebench.objectives import ACCURACY, Objective
from tunebench.options import Tuner
from tunebench.tuning.budget import Budget
from tunebench.tuning.executor import InProcessExecutor
from tunebench.tuning.task import TrialTask, state_of

pytestmark = pytest.mark.slow

FOUR = replace(SETTINGS, trials=4)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random search of four trials."""
    folder = tmp_path_factory.mktemp("finished")
    search(prepare(folder), folder / "run", FOUR)
    return folder / "run"


def test_a_search_resumes_from_its_ledger(finished: Path, tmp_path: Path) -> None:
    """With only its ledger and fingerprint, an interrupted search ends with the same trials and winner."""
    folder = interrupted(finished, tmp_path / "cut", 3)
    winner = search(prepare(tmp_path), folder, FOUR)
    assert ledger(folder) == ledger(finished)
    best = max(records(finished), key=lambda record: record.score or 0)
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


def test_promoted_trials_resume_each_training(tmp_path: Path) -> None:
    """A promoted trial resumes its parent's trainings; with a damaged checkpoint it trains all epochs.

    The search that promotes it is in tests/tuning/test_proposals.py, an interrupted one in
    tests/cli/test_killed.py.
    """
    preparation, notes, state = prepare(tmp_path, TINY_SPACE), Notes(), tmp_path / "state.npz"
    executor = InProcessExecutor(preparation, replace(SETTINGS, executions=2), notes)
    hp = spaces.declare(preparation.space, preparation.data.image_shape, preparation.data.num_classes)
    first = TrialTask(trial_id="0000", hyperparameters=hp, seed=1, epochs=1, save_state=state)
    parent = executor.run(first)
    state_of(state, 1).write_bytes(state_of(state, 1).read_bytes()[:100])
    promoted = executor.run(
        TrialTask(trial_id="0001", hyperparameters=hp, seed=1, epochs=2, first_epoch=1, load_state=state)
    )
    assert [each.epochs for each in parent.trainings] == [1, 1]
    assert [each.epochs for each in promoted.trainings] == [1, 2]
    assert promoted.status == "completed"
    assert [each.seed for each in promoted.trainings] == [each.seed for each in parent.trainings]
    (note,) = notes.notes
    assert note.startswith("Trial 0001 starts from its beginning: ")


def test_a_trial_without_finite_loss_fails(tmp_path: Path) -> None:
    """It has a reason and no score, and the search continues."""
    source = UNTRACED_SPACE.replace("[0.003, 0.01, 0.03], default=0.01", "[1e38, 0.01], default=1e38")
    fixed = {"units": 8, "batch_size": 32, "augmentation": 0.0}
    settings = replace(SETTINGS, tuner="grid", trials=None, hyperparameters=fixed)
    winner = search(prepare(tmp_path, source), tmp_path / "run", settings)
    failed, completed = records(tmp_path / "run")
    assert (failed.status, failed.score, completed.status) == ("failed", None, "completed")
    assert "loss was" in str(failed.message)
    assert winner.hyperparameters["learning_rate"] == 0.01
    assert search_record(winner).failed == 1


def test_a_model_that_breaks_a_rule_fails_its_trial(tmp_path: Path) -> None:
    """The search continues and can be resumed, even if the failed build declared a hyperparameter.

    The preflight has seen the defaults only.
    """
    source = SIX_POINTS.replace(
        "    model = ",
        "    if units == 16:\n"
        "        hp.Choice('late', [1, 2])\n"
        "        raise ValueError('too wide')\n"
        "    model = ",
    ).replace('"softmax"', '"relu" if units == 4 else "softmax"')
    preparation = prepare(tmp_path, source)
    settings = replace(SETTINGS, tuner="grid", trials=3, augment=False, hyperparameters={"batch_size": 32})
    search(preparation, tmp_path / "run", settings)
    kept = records(tmp_path / "run")
    assert [record.status for record in kept] == ["completed", "failed", "failed"]
    assert "not probabilities" in str(kept[1].message)
    assert "too wide" in str(kept[-1].message)
    assert "late" in kept[-1].hyperparameters
    search(preparation, tmp_path / "run", replace(settings, trials=4))
    assert records(tmp_path / "run")[:3] == kept
    assert len(records(tmp_path / "run")) == 4


def test_a_problem_of_the_machine_is_no_failed_trial(tmp_path: Path) -> None:
    """If the cache cannot be written, the search stops without a trial in the ledger."""
    source = TINY_SPACE + (
        "\n\ndef frozen_prefix(hp, input_shape):\n"
        "    return keras.Sequential([keras.Input(input_shape), layers.Rescaling(1.0)])\n"
    )
    (tmp_path / "cache").touch()
    preparation = replace(prepare(tmp_path, source), cache=FeatureCache(tmp_path / "cache"))
    with pytest.raises(RunFolderError, match="cache"):
        search(preparation, tmp_path / "run")
    assert not (tmp_path / "run" / "trials.jsonl").exists()


def test_fresh_replaces_a_search_only_if_the_new_one_can_start(finished: Path, tmp_path: Path) -> None:
    """A broken space is refused first, and the earlier search is kept."""
    folder = interrupted(finished, tmp_path / "run", 4)
    broken = prepare(tmp_path, TINY_SPACE.replace('metrics=["accuracy"]', 'metrics=["x"]'))
    with pytest.raises(InvalidSpaceError, match="cannot be evaluated"):
        search(broken, folder, replace(FOUR, fresh=True))
    with pytest.raises(SearchError, match="No Ray cluster"):
        search(prepare(tmp_path), folder, replace(FOUR, fresh=True, cluster="127.0.0.1:9"))
    assert ledger(folder) == ledger(finished)
    search(prepare(tmp_path), folder, replace(FOUR, fresh=True, trials=1))
    assert ledger(folder) == ledger(finished)[:1]


def test_a_changed_space_is_refused(finished: Path, tmp_path: Path) -> None:
    """A search is not resumed if the space's source or hyperparameters differ."""
    folder = interrupted(finished, tmp_path / "run", 4)
    changed = prepare(tmp_path, TINY_SPACE.replace("[4, 8, 16]", "[4, 8, 16, 32]"))
    with pytest.raises(SearchError, match=r"the code of the space changed; hyperparameters changed: units;"):
        search(changed, folder, FOUR)


def test_fixed_values_are_not_tuned(finished: Path, tmp_path: Path) -> None:
    """A fixed value holds in every trial and has no range; it cannot change in a resume."""
    settings = replace(SETTINGS, trials=2, epochs=1, hyperparameters={"units": "16"})
    winner = search(prepare(tmp_path), tmp_path / "run", settings)
    assert [record.hyperparameters["units"] for record in records(tmp_path / "run")] == [16, 16]
    assert winner.hyperparameters["units"] == 16
    assert "units" not in winner.ranges
    with pytest.raises(SpaceError, match=r"no hyperparameter 'unit' with these values. Did you mean units"):
        search(prepare(tmp_path), tmp_path / "other", replace(settings, hyperparameters={"unit": 1}))
    folder = interrupted(finished, tmp_path / "finished", 4)
    with pytest.raises(SearchError, match="hyperparameters changed"):
        search(prepare(tmp_path), folder, replace(FOUR, hyperparameters={"units": 8}))


def test_a_search_stops_at_its_budget_and_resumes(finished: Path, tmp_path: Path) -> None:
    """A trial stopped by the budget is not in the ledger, and a resume trains it completely."""
    notes = Notes()

    def now() -> float:
        """The time is up as soon as the second trial has started."""
        return 1000.0 if notes.num_started == 2 else 0.0

    budget = Budget(100, 0.0, num_finals=1, epochs=2, test_share=0.3, now=now)
    search(prepare(tmp_path), tmp_path / "run", FOUR, notes, budget)
    assert ledger(tmp_path / "run") == ledger(finished)[:1]
    assert notes.notes == ["The time is up: trial 0001 was stopped and is not counted."]
    search(prepare(tmp_path), tmp_path / "run", replace(FOUR, trials=2))
    assert ledger(tmp_path / "run") == ledger(finished)[:2]


def test_a_larger_budget_extends_a_search(tmp_path: Path) -> None:
    """Without a number of trials, the budget alone ends a search; a larger one adds trials."""
    settings = replace(SETTINGS, trials=None, epochs=1, budget=60)
    assert settings.max_trials is None
    assert replace(settings, budget=None).max_trials == 20
    path, preparation = tmp_path / "run" / "trials.jsonl", prepare(tmp_path)
    for number in (1, 2):

        def now(number: int = number) -> float:
            return 1000.0 if path.exists() and len(path.read_bytes().splitlines()) >= number else 0.0

        budget = Budget(100, 0.0, num_finals=1, epochs=1, test_share=0.3, now=now)
        search(preparation, tmp_path / "run", settings, budget=budget)
        assert len(records(tmp_path / "run")) == number


def test_a_first_trial_stopped_by_the_budget_is_kept(tmp_path: Path) -> None:
    """It wins with the epochs it had; with more time it is trained completely."""
    budget = Budget(1, 0.0, num_finals=1, epochs=3, test_share=0.3, now=lambda: 1000.0)
    settings = replace(SETTINGS, epochs=3, trials=1)
    preparation = prepare(tmp_path)
    winner = search(preparation, tmp_path / "run", settings, budget=budget)
    (record,) = records(tmp_path / "run")
    assert (record.status, record.epochs, winner.epochs) == ("cut", 1, 1)
    assert search_record(winner).trials == 1
    search(preparation, tmp_path / "run", settings)
    (record,) = records(tmp_path / "run")
    assert (record.status, record.epochs) == ("completed", 3)


def test_an_exhausted_space_is_reported(tmp_path: Path) -> None:
    """A random search that tried all points says so instead of running the given number of trials."""
    notes = Notes()
    settings = replace(SETTINGS, trials=100, epochs=1, augment=False, hyperparameters={"units": 4})
    search(prepare(tmp_path, SIX_POINTS), tmp_path / "run", settings, notes)
    assert len(records(tmp_path / "run")) == 2
    assert notes.notes == ["The space has 2 points, and all were tried: the search ends here."]


@pytest.mark.parametrize(
    ("tuner", "plan"),
    [
        ("grid", "The grid has 90 points, of which 1 at most are tried."),
        ("hyperband", "Hyperband's plan: 6 trials of 11 epochs in all, of which 1 at most are tried."),
    ],
)
def test_the_plan_is_reported(tmp_path: Path, tuner: Tuner, plan: str) -> None:
    """The size of a grid and Hyperband's plan are reported before the first trial."""

    class Stopped(Notes):
        def step(self, name: str, detail: str = "", objective: Objective = ACCURACY) -> None:
            del name, detail, objective
            raise KeyboardInterrupt

    notes, settings = Stopped(), replace(SETTINGS, tuner=tuner, trials=1, epochs=3)
    with pytest.raises(KeyboardInterrupt):
        search(prepare(tmp_path), tmp_path / "run", settings, notes)
    assert notes.notes == [plan]


def test_a_trial_of_several_trainings_keeps_every_score(finished: Path, tmp_path: Path) -> None:
    """Its score is their mean, each has another seed, and the first equals a single training."""
    search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, trials=1, executions=2))
    (record,) = records(tmp_path / "run")
    assert [training.score for training in record.trainings] == record.scores
    assert record.score == pytest.approx(fmean(record.scores))
    assert len({training.seed for training in record.trainings}) == 2
    assert len({tuple(training.history["loss"]) for training in record.trainings}) == 2
    single = records(finished)[0]
    assert record.scores[0] == single.score
    assert not single.trainings
