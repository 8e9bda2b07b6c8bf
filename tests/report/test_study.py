"""A study on the page, as Markdown, as JSON and in the terminal: every sentence that it can say."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.synthetic_runs import CIFAR10, write_run
from tests.synthetic_study import DIGITS, TUNED, Made, complete, made, study_of, write_synthetic_study
from tunebench.comparison import Study, compare_runs
from tunebench.comparison.study import Topic
from tunebench.report import markdown, study_words, terminal, write
from tunebench.report.study_view import reference_rows
from tunebench.report.words import plain
from tunebench.runs import select_runs

A, B = r"−?\d+\.\d", r"\(−?\d+\.\d to −?\d+\.\d\)"


def said(study: Study, topic: Topic) -> str:
    """The answer to a question, as text."""
    question = study.question(topic)
    assert question is not None
    return plain(study_words.answer(study, question))


def two(before: float, after: float, seconds: float = 10.0, **more: Any) -> list[Made]:
    """One model with and without augmentation."""
    return [made("cnn3", "plain", before, 10.0), made("cnn3", "augmented", after, seconds, **more)]


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
        r"No change of training time is established for cnn3 \(0\.\d+ to 1\.\d times\)\.",
        text,
    ), text


def test_equal_models(tmp_path: Path) -> None:
    """Such as with an early stopping that never stopped."""
    runs = two(0.7, 0.7)
    twin = replace(runs[1][1], name=runs[0][1].name)
    folder = write_synthetic_study(tmp_path, runs)
    shutil.rmtree(folder / "cnn3-augmented")
    write_run(folder / "cnn3-augmented", twin, DIGITS)
    (study,) = compare_runs(select_runs([folder], tmp_path)).studies
    assert said(study, "augmentation").startswith("The same images are classified correctly by cnn3. ")


def test_one_seed(tmp_path: Path) -> None:
    """The change holds for the trained models, and too few times were taken."""
    text = said(study_of(tmp_path, two(0.5, 0.7, 20.0, seeds=1)), "augmentation")
    assert "better; with one seed, another seed could change that. It is open how training time" in text
    assert re.search(r"changes for cnn3 \([12]\.\d×, timed too few times\)\.", text)


def test_times_under_different_conditions_are_not_compared(tmp_path: Path) -> None:
    """Such as beside another program."""
    text = said(study_of(tmp_path, two(0.7, 0.7, other_load=0.6)), "augmentation")
    assert text.endswith("It is open how training time changes for cnn3 (timed under different conditions).")


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


def test_more_images_help(tmp_path: Path) -> None:
    """What they did, what twice as many would do by the power law, and training time."""
    text = said(study_of(tmp_path, complete()), "data")
    assert re.search(
        rf"^4,000 images instead of 1,600 make cnn3 {A} points {B} better\. If errors keep falling by a "
        rf"power law, twice as many would probably make cnn3 {A} points {B} better\. No change of ",
        text,
    ), text


def test_more_images_do_not_help(tmp_path: Path) -> None:
    """The interval says how much they could."""
    sizes = [made("cnn3", "size", 0.7, train_size=size) for size in (400, 800, 1600, 3200)]
    text = said(study_of(tmp_path, [made("cnn3", "tuned", 0.7), *sizes]), "data")
    assert text.startswith("No change of accuracy is established for cnn3")
    assert re.search(
        r"power law, that twice as many would help is not established for cnn3 \(−\d\.\d to \d\.\d points\)",
        text,
    ), text


def test_too_few_sizes_tell_nothing_of_more_images(tmp_path: Path) -> None:
    """Two sizes have no law."""
    runs = [made("cnn3", "tuned", 0.7), made("cnn3", "size", 0.6, train_size=800)]
    assert "What more images would do cannot be told from these sizes." in said(
        study_of(tmp_path, runs), "data"
    )


def test_kept_features(tmp_path: Path) -> None:
    """How much longer it would have taken without."""
    (reuse,) = study_of(tmp_path, complete()).reuse
    assert plain(study_words.reuse(reuse)) == (
        "Search and final trainings of mobilenet_v2 would have taken "
        f"{(reuse.spent + reuse.saved) / reuse.spent:.1f} times as long with features computed for each "
        "training (6\u202fmin 40\u202fs more, timed once, so without an interval)."
    )


def test_limits(tmp_path: Path) -> None:
    """What the answers do not cover, and what is not finished."""
    names = ["cnn3-10-percent", "cnn3-20-percent"]
    found = [*study_words.limits(study_of(tmp_path, two(0.6, 0.7), unfinished=names))]
    assert "\n".join(found) == (
        "Intervals hold for all models of a question at once. The questions were asked of one search per "
        "model: another search could find another winner.\n"
        "The models were timed one after another: the load of the machine may have differed.\n"
        "Of the study's 4 runs, some are not finished: cnn3-10-percent and cnn3-20-percent. The same command "
        "continues."
    )
    folder = write_synthetic_study(tmp_path / "quick", [made("cnn3", "tuned", 0.7)], settings={"quick": True})
    (quick,) = compare_runs(select_runs([folder], tmp_path)).studies
    assert [*study_words.limits(quick)] == [
        "A quick study: with more images, trials and epochs, the winners and the answers may be others."
    ]
    many = study_of(tmp_path / "many", [made("cnn3", "tuned", 0.7)], unfinished=map(str, range(6)))
    assert [*study_words.limits(many)] == [
        "Of the study's 7 runs, some are not finished: 6 of them. The same command continues."
    ]


def test_published_figures_stand_beside_runs_on_the_same_data_set_only(tmp_path: Path) -> None:
    """Layers and epochs are those of the reference models."""
    references = [
        made("cnn1", "reference", 0.5, summary="One convolution (reference model 1)."),
        made("mobilenet_v2", "reference", 0.8),
    ]
    first, last = reference_rows(study_of(tmp_path, references, data=CIFAR10))
    assert (first.layers, first.published_accuracy, first.published_seconds) == (
        "One convolution",
        "58.00\u202f%",
        "29.4\u202fs",
    )
    assert (last.published_accuracy, last.published_seconds) == ("81.35\u202f%", "89.8\u202fs")
    other = reference_rows(study_of(tmp_path / "other", references))
    assert [row.published_accuracy for row in other] == ["", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete study of CIFAR-10, with a hostile name."""
    runs = [*complete(), made("<b>", "reference", 0.5)]
    data = replace(CIFAR10, test_size=400)
    return write_synthetic_study(tmp_path_factory.mktemp("study"), runs, data)


def test_page_markdown_json_and_terminal_say_the_same(folder: Path) -> None:
    """Each answer is in all four; the page has the published table, and its names are escaped."""
    report = write(select_runs([folder], folder), folder.parent / "page.html")
    page, document = report.page.read_text(), json.loads(report.json.read_text())
    (study,) = document["studies"]
    shown = {
        "page": re.sub(r"\s+", " ", re.sub(r"</?bdi[^>]*>", "", page)),
        "markdown": markdown.text(report.comparison).replace("**", "").replace("\\", ""),
        "terminal": terminal.text(report.comparison),
    }
    for each in [*study["questions"], *study["reuse"]]:
        for name, text in shown.items():
            assert re.sub(r"\s+", " ", each["answer"]) in re.sub(r"\s+", " ", text), (name, each["answer"])
    assert "Published accuracy" in page
    assert "<b>" not in page
    assert study["questions"][0]["changes"][0].keys() >= {
        "difference",
        "interval",
        "established",
        "time_ratio",
    }
    assert study["power_laws"][0]["established"] is True
