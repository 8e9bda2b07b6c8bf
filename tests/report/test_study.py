"""Every sentence that a study can say."""

import re
from pathlib import Path

import pytest

from tests.synthetic_study import TUNED, complete, made, said, study_of, two
from tunebench.comparison.study_pairs import Topic
from tunebench.report import charts
from tunebench.report.study_tables import study_document
from tunebench.report.study_view import study_view

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
