"""The page and its tables when models are compared by another objective than accuracy."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests import synthetic_runs
from tests.synthetic_report import section_of, write_report
from tests.synthetic_runs import FOUR, Data, Model, write_runs
from tunebench.objectives import OBJECTIVE_NAMES, OBJECTIVES, ObjectiveName
from tunebench.report import terminal
from tunebench.report.caveats import caveats
from tunebench.report.measures import beside

DATA = Data(name="wild", class_names=("common", "rare", "rarer"))


@pytest.fixture(autouse=True)
def imbalanced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the test images of ``DATA`` are of its first class in any case."""
    balanced = synthetic_runs._images

    def images(data: Data) -> tuple[synthetic_runs.Labels, NDArray[np.float64]]:
        labels, difficulty = balanced(data)
        labels[: data.test_size // 2 if data == DATA else 0] = 0
        return labels, difficulty

    monkeypatch.setattr(synthetic_runs, "_images", images)


def _asked(objective: ObjectiveName) -> list[Model]:
    return [replace(model, epochs=5, settings={"objective": objective}) for model in FOUR[1:]]


@pytest.mark.parametrize("name", OBJECTIVE_NAMES)
def test_models_are_compared_by_the_objective_that_was_asked_for(tmp_path: Path, name: ObjectiveName) -> None:
    """Ranking, pairs, page, table and data use it, and name it; accuracy stands beside it."""
    write_runs(tmp_path / "runs", _asked(name), DATA)
    report = write_report(tmp_path / "runs", gallery=False)
    (section,) = report.comparison.sections
    objective = OBJECTIVES[name]
    assert section.objective == objective
    scores = [model.score for model in section.models]
    assert scores == sorted(scores, reverse=True)
    for pair in section.pairs:
        assert pair.difference == pair.better.score - pair.worse.score >= 0
        assert pair.interval is not None
        assert pair.difference in pair.interval
    page = report.page.read_text()
    titles = {"accuracy": "Most accurate", "loss": "Lowest loss"}
    assert f'<p class="purpose">{titles.get(name, f"Best {objective.words}")}</p>' in page
    assert f"Pairwise differences in {objective.words}" in page
    text = terminal.text(report.comparison)
    assert objective.words in text
    first = json.loads(report.json.read_text())["sections"][0]["models"][0]
    assert first["objective"] == name
    assert first["value_low"] <= first["value"] <= first["value_high"]
    assert first["balanced_accuracy_low"] <= first["balanced_accuracy"] <= first["balanced_accuracy_high"]
    assert {"accuracy", "balanced_accuracy"} == {each.name for each in [*beside(section), objective]} - {
        "macro_f1",
        "loss",
    }


def test_balanced_accuracy_is_shown_beside_accuracy_of_imbalanced_classes(tmp_path: Path) -> None:
    """With its interval, on the page and in the terminal, if one class is over 1.5 times another."""
    write_runs(tmp_path / "runs", FOUR[2:], DATA)
    write_runs(tmp_path / "runs", FOUR[2:])
    report = write_report(tmp_path / "runs", gallery=False)
    balanced, imbalanced = sorted(report.comparison.sections, key=lambda section: section.is_imbalanced)
    assert (balanced.is_imbalanced, imbalanced.is_imbalanced) == (False, True)
    assert [each.name for each in beside(imbalanced)] == ["balanced_accuracy"]
    assert beside(balanced) == []
    page = report.page.read_text()
    assert len(re.findall(r'<th scope="col"[^>]*>Balanced\saccuracy</th>', page)) == 1
    assert terminal.text(report.comparison).count("balanced accuracy  95 % interval") == 1


def test_different_objectives_are_compared_by_accuracy(tmp_path: Path) -> None:
    """One sentence says so."""
    models = [*_asked("loss")[:2], _asked("macro_f1")[2]]
    section = section_of(tmp_path, models, DATA)
    assert section.objective == OBJECTIVES["accuracy"]
    assert [note for note in caveats(section) if "objectives" in note] == [
        "Tuned for different objectives (macro F1 and loss): the models are compared by accuracy."
    ]


def test_without_predictions_models_are_compared_by_accuracy(tmp_path: Path) -> None:
    """Only accuracy is in the record."""
    write_runs(tmp_path, _asked("macro_f1"), DATA)
    (tmp_path / "wild" / "cnn3" / "predictions-0.npz").unlink()
    section = section_of(tmp_path, [], DATA)
    assert section.objective == OBJECTIVES["accuracy"]
    assert any("Tuned for macro F1, but compared by accuracy" in note for note in caveats(section))


def test_a_loss_is_that_of_the_record(tmp_path: Path) -> None:
    """The mean over the seeds of the test loss, which the models are ranked by."""
    section = section_of(tmp_path, _asked("loss"), DATA)
    for model in section.models:
        losses = [final.test_loss for final in model.record.finals]
        assert model.value.values == pytest.approx(losses, rel=1e-3)
        assert model.score == -model.value.mean
