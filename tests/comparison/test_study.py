"""What a study's runs say about its questions."""

from pathlib import Path

import pytest

from tests.synthetic_runs import Model, write_run
from tests.synthetic_study import DIGITS, compared, complete, made, study_of, write_synthetic_study
from tunebench.comparison import compare_runs
from tunebench.comparison.crossed import difference
from tunebench.comparison.multiple import holm
from tunebench.comparison.study import TOPICS
from tunebench.runs import select_runs


def test_every_part_of_a_study_is_answered(tmp_path: Path) -> None:
    """A question per topic, with a change of each model that has both runs."""
    study = study_of(tmp_path, complete())
    assert tuple(question.topic for question in study.questions) == TOPICS
    labels = {question.topic: [each.label for each in question.changes] for question in study.questions}
    assert labels["search"] == labels["augmentation"] == ["cnn1", "cnn3"]
    assert labels["tuners"] == ["bayesian", "hyperband", "grid"]
    assert labels["data"] == ["cnn3"]
    assert [model.record.space for model in study.references] == ["cnn1", "cnn3"]
    assert study.problems == study.unfinished == ()


def test_a_change_is_a_paired_difference_corrected_for_the_models_of_its_question(tmp_path: Path) -> None:
    """The same statistic as everywhere on the page; the interval excludes 0 exactly if p is below .05."""
    question = study_of(tmp_path, complete()).questions[0]
    expected = []
    for each in question.changes:
        assert each.before.crossed is not None
        assert each.after.crossed is not None
        estimate = difference(each.after.crossed, each.before.crossed)
        assert each.estimate == estimate
        expected.append(estimate.p)
    assert [each.p_adjusted for each in question.changes] == holm(expected)
    assert all(each.established == (0 not in each.interval) for each in question.changes)


def test_half_precision_is_timed_against_float32(tmp_path: Path) -> None:
    """Although the precision is a condition of the clock everywhere else."""
    question = next(each for each in study_of(tmp_path, complete()).questions if each.topic == "precision")
    assert all(each.time is not None and each.time.slower for each in question.changes)


def test_more_images_are_compared_with_at_most_half_of_them(tmp_path: Path) -> None:
    """The power law uses all sizes."""
    study = study_of(tmp_path, complete())
    (change,) = next(each for each in study.questions if each.topic == "data").changes
    assert [each.record.dataset.train_size for each in (change.before, change.after)] == [1600, 4000]
    (growth,) = study.growth
    assert [model.record.dataset.train_size for model in growth.series.models] == [400, 800, 1600, 3200, 4000]
    assert growth.law is not None
    assert growth.law.established


def test_the_time_that_kept_features_saved(tmp_path: Path) -> None:
    """Of eight trials and three final trainings, all but the first would have computed them again."""
    (reuse,) = study_of(tmp_path, complete()).reuse
    assert reuse.label == "mobilenet_v2"
    assert reuse.saved == pytest.approx(10 * 40.0)


def test_the_sections_hold_the_reference_and_the_tuned_models_only(tmp_path: Path) -> None:
    """What only answers a question would make the comparison of the models unreadable."""
    comparison = compared(tmp_path, complete())
    (section,) = comparison.sections
    assert {model.label.partition("-")[2] for model in section.models} == {"reference", "tuned"}
    assert comparison.size_curves == ()


def test_a_study_of_other_parts_shows_its_runs(tmp_path: Path) -> None:
    """A page needs a model."""
    comparison = compared(tmp_path, [made("cnn3", "plain", 0.6), made("cnn3", "augmented", 0.7)])
    assert len(comparison.sections[0].models) == 2


def test_unfinished_runs_and_missing_predictions_leave_gaps(tmp_path: Path) -> None:
    """They are named, and a change without predictions is not tested."""
    folder = write_synthetic_study(
        tmp_path, [made("cnn3", "plain", 0.6), made("cnn3", "augmented", 0.7)], unfinished=["cnn3-80-percent"]
    )
    (folder / "cnn3-plain" / "predictions-0.npz").unlink()
    comparison = compare_runs(select_runs([folder], tmp_path))
    (study,) = comparison.studies
    assert (study.questions, study.unfinished) == ((), ("cnn3-80-percent",))
    assert sum("predictions-0.npz is missing" in problem for problem in comparison.problems) == 1


def test_a_damaged_study_is_compared_as_ordinary_runs(tmp_path: Path) -> None:
    """One line says so."""
    folder = write_synthetic_study(tmp_path, complete()[:4])
    (folder / "study.json").write_text('{"format_version": 9}')
    comparison = compare_runs(select_runs([folder], tmp_path))
    assert comparison.studies == ()
    assert len(comparison.sections[0].models) == 4
    assert any("study.json is not a readable StudyRecord" in problem for problem in comparison.problems)


def test_a_study_is_found_from_the_folder_above_and_other_runs_stay_ordinary(tmp_path: Path) -> None:
    """Runs outside the study are not part of its answers."""
    folder = write_synthetic_study(tmp_path, complete()[:4])
    other = write_run(tmp_path / "other", Model(name="cnn1-plain", accuracy=0.5, seconds=3), DIGITS)
    comparison = compare_runs(select_runs([folder.parent, other], tmp_path))
    assert len(comparison.studies) == 1
    assert len(comparison.sections[0].models) == 5
    assert compare_runs(select_runs([], tmp_path)).studies == ()
