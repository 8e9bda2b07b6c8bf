"""Every sentence that a study can say."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.synthetic_study import TUNED, complete, made, said, study_of, two, write_synthetic_study
from tunebench.comparison import Study, compare_runs
from tunebench.comparison.study import Topic
from tunebench.report import charts, study_words
from tunebench.report.study_tables import study_document
from tunebench.report.study_view import change_row, study_view
from tunebench.runs import read_run, select_runs
from tunebench.runs.predictions import read_predictions, write_predictions

A, B = r"−?\d+\.\d", r"\(−?\d+\.\d to −?\d+\.\d\)"


def test_what_is_established_is_said_of_the_models_that_it_holds_for(tmp_path: Path) -> None:
    """Better, not established, and what training then costs; each with its interval."""
    text = said(study_of(tmp_path, complete()), "augmentation")
    assert re.fullmatch(
        rf"Augmentation makes cnn3 {A} points {B} better; no change of accuracy is established for cnn1 "
        r"\(−\d\.\d to \d\.\d points\)\. Training takes 1\.\d times \(1\.\d to 1\.\d\) as long for cnn1 and "
        r"1\.\d times \(1\.\d to 1\.\d\) for cnn3\.",
        text,
    ), text


def test_what_makes_a_model_worse_is_said_with_its_size(tmp_path: Path) -> None:
    """The interval has the direction of the words."""
    text = said(study_of(tmp_path, two(0.7, 0.6, 5.0)), "augmentation")
    assert re.fullmatch(
        r"Augmentation makes cnn3 \d+\.\d points \(\d+\.\d to \d+\.\d\) worse\. "
        r"Training is [12]\.\d times \(1\.\d to 2\.\d\) as fast for cnn3\.",
        text,
    ), text


def test_nothing_established(tmp_path: Path) -> None:
    """Neither in accuracy nor in training time."""
    text = said(study_of(tmp_path, two(0.7, 0.7)), "augmentation")
    assert re.fullmatch(
        r"No change of accuracy is established for cnn3 \(−\d\.\d to \d\.\d points\)\. "
        r"No change of training time is established for cnn3 \(0\.\d\d to 1\.\d\d times\)\.",
        text,
    ), text


def alike(folder: Path, before: str, after: str, *, exactly: bool = True, **changed: Any) -> Study:
    """The study if ``after`` predicts what ``before`` does; ``changed`` are fields of its final trainings."""
    for path in (folder / before).glob("predictions-*.npz"):
        copy = folder / after / path.name
        shutil.copy(path, copy)
        if not exactly:
            found = read_predictions(path, read_run(folder / before).record.dataset)
            # The same classes.
            images = np.zeros((len(found.labels), 8, 8, 3), dtype=np.uint8)
            sharper = found.probabilities**1.1
            write_predictions(copy, found.labels, sharper / sharper.sum(axis=1, keepdims=True), images)
    record = folder / after / "run.json"
    document = json.loads(record.read_text())
    accuracies = [
        final["test_accuracy"] for final in json.loads((folder / before / "run.json").read_text())["finals"]
    ]
    for final, accuracy in zip(document["finals"], accuracies, strict=True):
        final |= {"test_accuracy": accuracy, **changed}
    record.write_text(json.dumps(document))
    (study,) = compare_runs(select_runs([folder], folder)).studies
    return study


def test_an_early_stopping_that_never_stopped(tmp_path: Path) -> None:
    """The same trainings have no interval and no training time to compare; the reason is said."""
    runs = [made("cnn3", "plain", 0.7), made("cnn3", "stopped", 0.7, epochs=2)]
    folder = write_synthetic_study(tmp_path, runs)
    study = alike(folder, "cnn3-plain", "cnn3-stopped", stopped_early=False)
    assert said(study, "early-stopping") == (
        "Nothing changes for cnn3: it never stopped a training (2 epochs, patience 5)."
    )
    (change,) = study.questions[0].changes
    assert (change.identical, change.interval.low, change.interval.high) == (True, 0.0, 0.0)
    assert change_row(change).verdict == "identical"
    assert change.time is not None
    noise = f"{change.time.value:.2f} times as long: a ratio that is no further from 1 may be noise."
    assert f"Identical trainings took {noise}" in study_words.limits(study)


def test_identical_models(tmp_path: Path) -> None:
    """Whatever the reason, and with any number of seeds."""
    for seeds in (1, 3):
        folder = write_synthetic_study(
            tmp_path / str(seeds),
            [made("cnn3", role, 0.7, seeds=seeds) for role in ("plain", "augmented")],
        )
        study = alike(folder, "cnn3-plain", "cnn3-augmented")
        assert said(study, "augmentation") == (
            "Nothing changes for cnn3, with the same predictions for every seed."
        )


def test_different_models_that_classify_the_same_images_correctly(tmp_path: Path) -> None:
    """They are not the same trainings, so their times are compared."""
    folder = write_synthetic_study(
        tmp_path, [made("cnn3", role, 0.7, seeds=1) for role in ("plain", "augmented")]
    )
    study = alike(folder, "cnn3-plain", "cnn3-augmented", exactly=False)
    assert said(study, "augmentation").startswith(
        "Either way, cnn3 classifies the same images correctly. Training took "
    )


def test_a_search_that_ends_with_the_default_values(tmp_path: Path) -> None:
    """It changed the epochs only; if it did not even that, the models are the same."""
    values: dict[str, Any] = {"hyperparameters": {"units": 8}}
    runs = [
        made("cnn1", "reference", 0.7, epochs=20, **values),
        made("cnn1", "tuned", 0.5, epochs=2, **values),
    ]
    folder = write_synthetic_study(tmp_path, runs)
    (study,) = compare_runs(select_runs([folder], tmp_path)).studies
    assert (
        " worse. The winner of cnn1 has the default values, trained for 2 epochs instead of 20 epochs. "
        in said(study, "search")
    )
    assert said(alike(folder, "cnn1-reference", "cnn1-tuned"), "search") == (
        "Nothing changes for cnn1: the winner is the reference model, trained in the same way. Trials: "
        "cnn1 8."
    )
    others = study_of(tmp_path / "others", complete())
    assert "default values" not in said(others, "search")


def test_two_seeds_that_tell_nothing(tmp_path: Path) -> None:
    """The sentence says so, and the chart shows nothing that is impossible."""
    runs = [made("cnn3", role, 0.5, seeds=2, seed_spread=1.5) for role in ("plain", "augmented")]
    study = study_of(tmp_path, runs)
    assert re.match(
        r"Seeds or test images are too few to tell for cnn3 \(−\d\d\.\d to \d\d\.\d points\)\. ",
        said(study, "augmentation"),
    ), said(study, "augmentation")
    accuracy, _ = charts.changes(study.questions[0].changes).axes
    assert -120 < accuracy.get_xlim()[0] < accuracy.get_xlim()[1] < 120


def test_one_seed(tmp_path: Path) -> None:
    """The change holds for the trained models, and too few times were taken."""
    text = said(study_of(tmp_path, two(0.5, 0.7, 20.0, seeds=1)), "augmentation")
    assert re.search(
        r"better; with one seed, another seed could change that\. Training took [12]\.\d times as long for "
        r"cnn3 \(without an interval\)\.$",
        text,
    ), text


def test_times_under_different_conditions_are_not_compared(tmp_path: Path) -> None:
    """The sentence says what differs and how to compare them; the chart has no empty panel."""
    study = study_of(tmp_path, two(0.7, 0.7, other_load=0.6))
    command = f"tunebench compare {study.folder.folder} --out reports/study-digits.html --retime 3"
    assert said(study, "augmentation").endswith(
        "Training times cannot be compared for cnn3 (timed under different conditions: load by other "
        "programs light or heavy). To compare training times, time the winners again on a quiet machine: "
        f"{command}."
    )
    (only,) = charts.changes(study.questions[0].changes).axes
    assert only.get_xlabel() == "accuracy, points"


def test_a_time_that_cannot_be_compared_is_marked_beside_those_that_can(tmp_path: Path) -> None:
    """Its row of the panel is not left empty."""
    runs = [made(space, role, 0.7) for space in ("cnn1", "cnn3") for role in ("plain", "augmented")]
    runs[1] = made("cnn1", "augmented", 0.7, device="GPU: one")
    (question,) = study_of(tmp_path, runs).questions
    _, times = charts.changes(question.changes).axes
    (note,) = times.texts
    # The first of two rows is the upper one.
    assert (note.get_text(), note.get_position()) == ("not comparable", (0.5, 1))


@pytest.mark.parametrize(
    ("topic", "begins"),
    [
        ("search", "A search makes cnn1"),
        ("together", "Both together make cnn3"),
        ("early-stopping", "No change of accuracy is established for cnn1"),
        ("precision", "No change of accuracy is established for cnn1"),
    ],
)
def test_the_other_questions_are_answered_in_the_same_way(tmp_path: Path, topic: Topic, begins: str) -> None:
    """Each names what changed."""
    assert said(study_of(tmp_path, complete()), topic).startswith(begins)


def test_early_stopping_and_half_precision_are_named(tmp_path: Path) -> None:
    """When they change accuracy."""
    runs = [
        made("cnn3", "plain", 0.7),
        made("cnn3", "stopped", 0.6),
        made("cnn3", "half-precision", 0.5, precision="mixed_bfloat16"),
    ]
    study = study_of(tmp_path, runs)
    assert said(study, "early-stopping").startswith("Early stopping makes cnn3 ")
    assert said(study, "precision").startswith("Half precision makes cnn3 ")


def test_tuners_are_compared_with_random_search(tmp_path: Path) -> None:
    """Better, worse and not established, with the trials of each."""
    text = said(study_of(tmp_path, complete()), "tuners")
    assert re.fullmatch(
        rf"The winner is better than random search's by {A} points {B} with hyperband; the winner is "
        rf"worse than random search's by {A} points {B} with grid; no difference from random search is "
        r"established for bayesian \(−\d\.\d to \d\.\d points\)\. Trials of cnn3 in that time: random "
        r"8, bayesian 8, hyperband 8, grid 8\.",
        text,
    ), text
    equal = [made("cnn3", "tuner", 0.7, tuner=tuner) for tuner in TUNED]
    assert said(study_of(tmp_path / "equal", equal), "tuners").startswith(
        "No difference from random search is established for bayesian ("
    )


def test_tuners_that_found_the_same(tmp_path: Path) -> None:
    """The same models have no interval; the same values may have been trained differently."""
    values: dict[str, Any] = {"hyperparameters": {"units": 8}}
    runs = [made("cnn3", "tuner", 0.7, tuner=tuner, **values) for tuner in ("random", "bayesian")]
    runs.append(made("cnn3", "tuner", 0.5, tuner="grid", epochs=1, **values))
    folder = write_synthetic_study(tmp_path, runs)
    text = said(alike(folder, "cnn3-tuner-random", "cnn3-tuner-bayesian"), "tuners")
    assert re.search(r"; bayesian found the same values as random search\. ", text), text
    assert " grid found the same values as random search, trained for 1 epoch instead of 20 epochs. " in text


def test_tuners_that_hardly_searched_are_not_compared(tmp_path: Path) -> None:
    """Their winners say little about them, so there is neither a chart nor a table."""
    runs = [made("cnn3", "tuner", 0.7, tuner=tuner, trials=1) for tuner in ("random", "grid")]
    study = study_of(tmp_path, runs)
    assert said(study, "tuners") == (
        "The tuners cannot be compared: in the time that each had, they made too few trials of cnn3 "
        "(random 1, grid 1)."
    )
    (answer,) = study_view(study, "t1").answers
    assert (answer.wide_chart, answer.rows) == (None, ())
    (question,) = study_document(study)["questions"]
    assert question["answerable"] is False
