"""What a study says of more images and of kept features, and what its answers do not say."""

import re
from pathlib import Path

from tests.synthetic_study import complete, made, said, study_of, two, write_synthetic_study
from tests.synthetic_timings import time_again
from tunebench.comparison import Comparison, compare_runs
from tunebench.report import study_outlook, study_words, terminal
from tunebench.report.study_view import study_view
from tunebench.report.words import plain
from tunebench.runs import select_runs

A, B = r"−?\d+\.\d", r"\(−?\d+\.\d to −?\d+\.\d\)"


def test_more_images_help(tmp_path: Path) -> None:
    """What they did, what twice as many would do by the power law, and training time."""
    text = said(study_of(tmp_path, complete()), "data")
    assert re.search(
        rf"^4,000 images instead of 1,600 make cnn3 {A} points {B} better\. If errors keep falling by a "
        rf"power law, twice as many would probably make cnn3 {A} points {B} better\. This compares two "
        r"points of the fitted curve, which with all images has cnn3 at 72\.\d.% \(measured: 72\.3.%\)\. "
        "No change of ",
        text,
    ), text


def test_more_images_do_not_help(tmp_path: Path) -> None:
    """The interval says how much they could."""
    sizes = [made("cnn3", "size", 0.7, train_size=size) for size in (400, 800, 1600, 3200)]
    text = said(study_of(tmp_path, [made("cnn3", "tuned", 0.7), *sizes]), "data")
    assert re.fullmatch(
        r"No change of accuracy is established for cnn3 \(−\d\.\d to \d\.\d points\) with 4,000 images "
        r"instead of 1,600\. .*",
        text,
    ), text


def test_errors_that_hardly_fall_or_rise_with_more_images(tmp_path: Path) -> None:
    """Those that rise have no law to go by, and none is drawn."""
    sizes = {400: 0.69, 800: 0.68, 1600: 0.7, 3200: 0.7}
    falling = [made("cnn3", "size", value, train_size=size) for size, value in sizes.items()]
    text = said(study_of(tmp_path, [made("cnn3", "tuned", 0.69), *falling]), "data")
    assert re.search(
        r" If errors keep falling by a power law, it is not established that twice as many would help cnn3 "
        r"\(−\d\.\d to \d\.\d points\)\. ",
        text,
    ), text
    sizes = {400: 0.7, 800: 0.66, 1600: 0.6, 3200: 0.55}
    rising = [made("cnn3", "size", value, train_size=size) for size, value in sizes.items()]
    study = study_of(tmp_path / "rising", [made("cnn3", "tuned", 0.5), *rising])
    assert (
        " The errors of cnn3 do not fall with more images, so there is no law that would tell what twice as "
        "many do. "
    ) in said(study, "data")
    (growth,) = study.growth
    assert growth.law is not None
    assert not growth.law.falls
    (answer,) = study_view(study, "t1").answers
    assert "stroke-dasharray" not in str(answer.wide_chart)


def test_too_few_sizes_tell_nothing_of_more_images(tmp_path: Path) -> None:
    """Why there are few is said if no more are to come."""
    runs = [made("cnn3", "tuned", 0.7), made("cnn3", "size", 0.6, train_size=800)]
    cannot = "What twice as many would do for cnn3 cannot be told with fewer than four sizes"
    why = "; parts with fewer than eight images of each class are not trained. "
    assert f"{cannot}{why}" in said(study_of(tmp_path, runs), "data")
    unfinished = study_of(tmp_path / "unfinished", runs, unfinished=["cnn3-10-percent"])
    assert f"{cannot}. " in said(unfinished, "data")


def test_kept_features(tmp_path: Path) -> None:
    """How much longer it would have taken without."""
    study = study_of(tmp_path, complete())
    (reuse,), (remark,) = study.reuse, study_outlook.remarks(study)
    assert remark.title == "Does keeping features help?"
    assert plain(remark.sentence) == (
        "Search and final trainings of mobilenet_v2 would have taken "
        f"{(reuse.spent + reuse.saved) / reuse.spent:.1f} times as long with features computed for each "
        "training (6\u202fmin 40\u202fs more, timed once, so without an interval)."
    )


def test_half_precision_that_was_too_slow_to_train(tmp_path: Path) -> None:
    """How slow it was is the answer."""
    study = study_of(tmp_path, two(0.6, 0.7), slow_in_half_precision={"cnn2": 6.08, "cnn3": 12.3})
    (remark,) = study_outlook.remarks(study)
    assert remark.title == "Is half precision faster?"
    assert plain(remark.sentence) == (
        "No: a step takes 6.1 times as long for cnn2 and 12.3 times as long for cnn3, so these "
        "models were not trained in half precision."
    )


def test_limits(tmp_path: Path) -> None:
    """What the answers do not cover, and what is not finished."""
    names = ["cnn3-10-percent", "cnn3-20-percent"]
    found = [*study_words.limits(study_of(tmp_path, two(0.6, 0.7), unfinished=names))]
    makes_them = "The same command makes them, unless --only leaves them out"
    assert "\n".join(found) == (
        "Intervals hold for all models of a question at once. The questions were asked of one search per "
        "model: another search could find another winner.\n"
        "The models were timed one after another: the load of the machine may have differed.\n"
        "2 of the study's 4 runs are not finished (cnn3-10-percent and cnn3-20-percent). "
        f"{makes_them}."
    )
    folder = write_synthetic_study(tmp_path / "quick", [made("cnn3", "tuned", 0.7)], settings={"quick": True})
    (quick,) = compare_runs(select_runs([folder], tmp_path)).studies
    nothing = "Nothing is compared yet: each question needs two finished runs of a space."
    assert [*study_words.limits(quick)] == [
        nothing,
        "A quick study: with more images, trials and epochs, the winners and the answers may differ.",
    ]
    # The terminal's answer is never empty.
    assert terminal.text(Comparison((), (), studies=(quick,))).splitlines()[2] == nothing
    many = study_of(tmp_path / "many", [made("cnn3", "tuned", 0.7)], unfinished=map(str, range(6)))
    assert [*study_words.limits(many)] == [
        nothing,
        f"6 of the study's 7 runs are not finished. {makes_them}.",
    ]
    partly = write_synthetic_study(tmp_path / "partly", two(0.6, 0.7))
    time_again(partly / "cnn3-plain", [3.0, 3.1, 3.2])
    (again,) = compare_runs(select_runs([partly], tmp_path)).studies
    not_again = "Models that were not timed again were timed one after another: the load of the machine may"
    assert f"{not_again} have differed." in study_words.limits(again)
    few = study_of(tmp_path / "few", two(0.6, 0.7, seeds=2))
    assert "Training times without an interval were timed fewer than three times." in study_words.limits(few)
