"""Final models trained on the validation images too."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.finals.test_splits import UNTRACED_PREFIX
from tests.small import UNTRACED_SPACE, write_space
from tests.synthetic_trials import scored_trial
from tunebench.objectives import ACCURACY
from tunebench.runs import Run, read_run
from tunebench.tuning.task import best_epochs

pytestmark = pytest.mark.slow

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 200, "test_size": 100, "epochs": 3, "seeds": 1}


@pytest.fixture(scope="module")
def refitted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The winner of a search in a space with frozen features, refitted."""
    folder = tmp_path_factory.mktemp("refitted")
    space = str(write_space(folder, UNTRACED_PREFIX, "front"))
    return tunebench.search(
        space, **SMALL, hyperparameters={"views": 2}, trials=2, refit=True, runs_dir=folder / "runs"
    )


def test_a_winner_is_refitted_for_as_long_as_its_trials_took_to_their_best(refitted: Run) -> None:
    """Nothing is validated, the last weights are kept, and validation images have their views too."""
    (final,) = refitted.record.finals
    lines = [
        json.loads(line)
        for name in ("trials.jsonl", "confirmations.jsonl")
        for line in (refitted.folder / name).read_text().splitlines()
    ]
    of_winner = [each for each in lines if each["hyperparameters"] == refitted.record.hyperparameters]
    epochs = [
        each["history"]["val_accuracy"].index(max(each["history"]["val_accuracy"])) + 1 for each in of_winner
    ]
    assert final.epochs == final.best_epoch == round(sum(epochs) / len(epochs))
    assert refitted.record.settings["refit_epochs"] == final.epochs
    assert final.validation_accuracy is None
    assert "val_accuracy" not in final.history
    assert len(final.history["accuracy"]) == len(final.history["seconds"]) == final.epochs


@pytest.fixture(scope="module")
def baselines(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """The same command with the option and then without it."""
    folder = tmp_path_factory.mktemp("baselines")
    space = str(write_space(folder, UNTRACED_SPACE))
    return [tunebench.train(space, **SMALL, refit=refit, runs_dir=folder) for refit in (True, False)]


def test_a_baseline_is_refitted_for_all_epochs_and_again_without(baselines: list[Run]) -> None:
    """Without a search nothing says which epoch is best; without the option the same run is trained anew."""
    refitted, plain = (run.record.finals[0] for run in baselines)
    assert refitted.epochs == SMALL["epochs"]
    assert refitted.validation_accuracy is None
    assert plain.validation_accuracy is not None


def test_refitted_models_are_compared_timed_again_and_described(
    refitted: Run, baselines: list[Run], tmp_path: Path
) -> None:
    """Beside others the page says that they had more images."""
    page = tmp_path / "page.html"
    report = tunebench.compare(refitted.folder, baselines[1].folder, out=page, retime=1, gallery=False)
    assert not report.comparison.problems
    assert "Only front trained on the validation images too (--refit)" in page.read_text()
    timing = read_run(refitted.folder).timing
    assert timing is not None
    assert timing.repeats[0].epochs == refitted.record.finals[0].epochs
    assert "| `model-0.keras` |" in refitted.card()


def test_best_epochs_count_from_the_first_ancestor() -> None:
    """A promoted trial's history begins where its parent ended, unless it had to train all epochs itself."""
    values = {"tuner/initial_epoch": 4, "tuner/epochs": 7}
    promoted = replace(scored_trial(0.5, **values), history={"val_accuracy": [0.3, 0.5, 0.4]})
    whole = replace(promoted, history={"val_accuracy": [0.1, 0.2, 0.3, 0.3, 0.3, 0.5, None]})
    short = replace(scored_trial(0.5), history={"val_accuracy": [0.3, 0.5]})
    assert [best_epochs([each], ACCURACY) for each in (promoted, whole, short)] == [6, 6, 2]
    assert best_epochs([promoted, short], ACCURACY) == 4
