"""Models of a study that are the same trainings, and what their times say of the others."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from tests.synthetic_study import complete, made, said, study_of, two, write_synthetic_study
from tests.synthetic_timings import time_again
from tunebench.comparison import Comparison, Standing, Study, compare_runs
from tunebench.report import study_words
from tunebench.report.answer import answer
from tunebench.report.study_tables import study_document
from tunebench.report.study_view import change_row, study_view
from tunebench.report.words import plain
from tunebench.runs import read_run, select_runs
from tunebench.runs.predictions import read_predictions, write_predictions


def alike(folder: Path, before: str, after: str, *, exactly: bool = True, **changed: Any) -> Study:
    """The study if ``after`` predicts what ``before`` does; ``changed`` are fields of its final trainings.

    Otherwise they have as many epochs.
    """
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
    others = json.loads((folder / before / "run.json").read_text())["finals"]
    for final, other in zip(document["finals"], others, strict=True):
        final.update({name: other[name] for name in ("test_accuracy", "epochs")} | changed)
    record.write_text(json.dumps(document))
    (study,) = compare_runs(select_runs([folder], folder)).studies
    return study


def test_an_early_stopping_that_never_stopped(tmp_path: Path) -> None:
    """The same trainings have no interval and no training time to compare; the reason is said."""
    folder = write_synthetic_study(tmp_path, [made("cnn3", role, 0.7) for role in ("plain", "stopped")])
    study = alike(folder, "cnn3-plain", "cnn3-stopped", stopped_early=False)
    assert said(study, "early-stopping") == (
        "Nothing changes for cnn3: it never stopped a training (20 epochs, patience 5)."
    )
    (change,) = study.questions[0].changes
    assert (change.identical, change.interval.low, change.interval.high) == (True, 0.0, 0.0)
    assert change_row(change).verdict == "identical"
    (answer,) = study_view(study, "t1").answers
    assert answer.rows == ()


def test_an_early_stopping_that_kept_the_same_epochs(tmp_path: Path) -> None:
    """It changes no prediction, but the trainings are shorter, which is shown."""
    folder = write_synthetic_study(
        tmp_path, [made("cnn3", "plain", 0.7, 20.0), made("cnn3", "stopped", 0.7, 5.0)]
    )
    study = alike(folder, "cnn3-plain", "cnn3-stopped", epochs=9)
    assert re.fullmatch(
        r"No prediction of cnn3 changes\. Training is 4\.\d times \(3\.\d to 4\.\d\) as fast for cnn3\.",
        said(study, "early-stopping"),
    ), said(study, "early-stopping")
    assert study.noise == 1
    (answer,) = study_view(study, "t1").answers
    assert len(answer.rows) == 1


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


def test_tuners_that_found_the_same(tmp_path: Path) -> None:
    """The same models have no interval; the same values may have been trained differently."""
    values: dict[str, Any] = {"hyperparameters": {"units": 8}}
    runs = [made("cnn3", "tuner", 0.7, tuner=tuner, **values) for tuner in ("random", "bayesian")]
    runs.append(made("cnn3", "tuner", 0.5, tuner="grid", epochs=1, **values))
    folder = write_synthetic_study(tmp_path, runs)
    text = said(alike(folder, "cnn3-tuner-random", "cnn3-tuner-bayesian"), "tuners")
    assert re.search(r"; bayesian found the same values as random search\. ", text), text
    assert " grid found the same values as random search, trained for 1 epoch instead of 20 epochs. " in text


def test_both_changes_are_one_if_early_stopping_never_stopped(tmp_path: Path) -> None:
    """Its models are the augmented ones, so they are not asked again, and a second timing is no effect."""
    runs = [
        made(space, role, 0.8 if role == "both" else 0.7)
        for space in ("cnn1", "cnn3")
        for role in ("plain", "augmented", "both")
    ]
    folder = write_synthetic_study(tmp_path, runs)
    study = alike(folder, "cnn1-augmented", "cnn1-both", stopped_early=False)
    text = said(study, "together")
    assert re.fullmatch(
        r"Both together make cnn3 \d+\.\d points \(.*\) better; both together are augmentation alone for "
        r"cnn1: early stopping never stopped a training \(20 epochs, patience 5\)\. No change of training "
        r"time is established for cnn3 \(.*\)\.",
        text,
    ), text
    assert text.count("cnn1") == 1
    together = study_document(study)["questions"][-1]
    assert [each["model"] for each in together["changes"]] == ["cnn3"]
    assert together["repeats"] == {"cnn1": "augmented"}
    alone = alike(folder, "cnn3-augmented", "cnn3-both")
    assert said(alone, "together") == (
        "Both together are augmentation alone for cnn1 and cnn3, with the same predictions for every seed."
    )
    answer = study_view(alone, "t1").answers[-1]
    assert (answer.title, answer.rows) == ("Do augmentation and early stopping help together?", ())


def test_both_changes_are_early_stopping_in_a_space_without_augmentation(tmp_path: Path) -> None:
    """Likewise; if neither changes anything, that is said of both."""
    folder = write_synthetic_study(
        tmp_path, [made("cnn3", role, 0.7) for role in ("plain", "augmented", "stopped", "both")]
    )
    study = alike(folder, "cnn3-stopped", "cnn3-both")
    assert said(study, "together") == (
        "Both together are early stopping alone for cnn3, with the same predictions for every seed."
    )
    alike(folder, "cnn3-plain", "cnn3-stopped")
    study = alike(folder, "cnn3-plain", "cnn3-both")
    assert said(study, "together") == "Nothing changes for cnn3, with the same predictions for every seed."


def timed(runs_dir: Path, *times: tuple[str, float]) -> Comparison:
    """The study of these roles of cnn3, timed in turns; those called early stopping changed nothing."""
    accuracies = {"tuned": 0.9}
    runs = [made("cnn3", role, accuracies.get(role, 0.7)) for role, _ in times]  # type: ignore[arg-type] # a role
    folder = write_synthetic_study(runs_dir, runs)
    alike(folder, "cnn3-plain", "cnn3-stopped")
    for role, seconds in times:
        time_again(folder / f"cnn3-{role}", [seconds, 1.01 * seconds, 0.99 * seconds])
    return compare_runs(select_runs([folder], runs_dir))


def test_times_that_differ_less_than_those_of_the_same_trainings(tmp_path: Path) -> None:
    """They are not established, although their intervals exclude 1; times that differ more are."""
    comparison = timed(
        tmp_path,
        ("plain", 10.0),
        ("stopped", 13.0),
        ("augmented", 8.0),
        ("both", 11.5),
        ("half-precision", 20),
    )
    (study,) = comparison.studies
    assert study.noise == 1.3
    because = "because identical trainings took up to 1.30 times as long as each other."
    for topic, within in (("augmentation", r"0\.\d\d to 0\.\d\d"), ("together", r"1\.1\d to 1\.1\d")):
        text = said(study, topic)  # type: ignore[arg-type] # a topic
        assert re.search(
            rf" A change of training time may be noise for cnn3 \({within} times\), {because}", text
        )
    assert " Training takes 2.0 times (2.0 to 2.0) as long for cnn3." in said(study, "precision")
    document = study_document(study)
    found = {each["topic"]: each["changes"][0]["time_established"] for each in document["questions"]}
    assert found == {"augmentation": False, "early-stopping": False, "together": False, "precision": True}
    assert document["time_ratio_noise"] == 1.3
    assert (
        "Identical trainings took up to 1.30 times as long as each other: a change of training time is "
        "called established only if its interval lies beyond that."
    ) in study_words.limits(study)


def test_without_the_same_trainings_an_interval_decides(tmp_path: Path) -> None:
    """Nothing is known of their times, and nothing is said."""
    folder = write_synthetic_study(tmp_path, two(0.7, 0.7))
    for role, seconds in (("plain", 10.0), ("augmented", 12.0)):
        time_again(folder / f"cnn3-{role}", [seconds, 1.01 * seconds, 0.99 * seconds])
    (study,) = compare_runs(select_runs([folder], tmp_path)).studies
    assert said(study, "augmentation").endswith(" Training takes 1.2 times (1.2 to 1.2) as long for cnn3.")
    assert not any("Identical trainings" in each for each in study_words.limits(study))


def test_the_models_of_a_study_are_compared_by_the_same_rule(tmp_path: Path) -> None:
    """So a ratio of times has one verdict on a page."""
    times = (("reference", 11.5), ("tuned", 10.0), ("plain", 10.0))
    (sure,) = timed(tmp_path / "sure", *times, ("stopped", 10.2)).sections
    assert sure.standings["cnn3-reference"] is Standing.DOMINATED
    (unsure,) = timed(tmp_path / "unsure", *times, ("stopped", 13.0)).sections
    assert unsure.standings["cnn3-reference"] is Standing.UNSETTLED
    text = " ".join(plain(each) for each in answer(unsure).findings)
    assert (
        "Neither trains faster for certain (ratio of times 0.87 to 0.87; of identical trainings up to 1.30)."
        in text
    )
