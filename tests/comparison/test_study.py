"""What a study's runs say about its questions."""

import json
from pathlib import Path

import pytest

from tests.synthetic_runs import Model, write_run
from tests.synthetic_study import DIGITS, compared, complete, made, study_of, two, write_synthetic_study
from tunebench.comparison import Interval, Verdict, compare_runs
from tunebench.comparison.crossed import Estimate, difference
from tunebench.comparison.multiple import holm
from tunebench.comparison.study_pairs import TOPICS
from tunebench.report.next_steps import next_steps
from tunebench.report.words import plain
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


def test_an_interval_stays_within_what_is_possible(tmp_path: Path) -> None:
    """Accuracies of two seeds that scatter widely differ by at most 100 points, on a section's page, too."""
    wide = Estimate(-0.15, 1e-4, 0.2, 1.0)
    assert wide.interval().low < -5
    assert wide.interval_of_proportions() == Interval(-1.0, 1.0)
    for seed, accuracy in enumerate((0.1, 0.99)):
        runs = [made("cnn3", role, accuracy, seeds=1) for role in ("reference", "tuned")]
        folder = write_synthetic_study(tmp_path / str(seed), runs)
    for role in ("reference", "tuned"):
        first = tmp_path / "0" / folder.relative_to(tmp_path / "1") / f"cnn3-{role}"
        _add_seed(first, folder / f"cnn3-{role}")
    comparison = compare_runs(select_runs([first.parent], tmp_path))
    (change,) = comparison.studies[0].questions[0].changes
    (pair,) = comparison.sections[0].pairs
    assert pair.interval is not None
    assert change.estimate.interval().low < -1
    assert (change.interval, pair.interval) == (Interval(-1.0, 1.0), Interval(-1.0, 1.0))
    (alone,) = compare_runs(select_runs([first.parent / "cnn3-reference", first], tmp_path)).sections[0].pairs
    assert alone.interval == Interval(-1.0, 1.0)


def _add_seed(folder: Path, other: Path) -> None:
    """Add another run's final model to a run, as its second seed."""
    (folder / "predictions-1.npz").write_bytes((other / "predictions-0.npz").read_bytes())
    document, more = (json.loads((each / "run.json").read_text()) for each in (folder, other))
    document["finals"].append(more["finals"][0] | {"seed": 1})
    (folder / "run.json").write_text(json.dumps(document))


def test_a_pair_has_one_verdict_on_a_page(tmp_path: Path) -> None:
    """That of the question that asks for it; other pairs keep the section's correction."""
    comparison = compared(tmp_path, complete())
    (section,), (study,) = comparison.sections, comparison.studies
    asked = {frozenset((each.before.label, each.after.label)): each for each in study.questions[0].changes}
    found = {frozenset((pair.better.label, pair.worse.label)): pair for pair in section.pairs}
    assert {names for names, pair in found.items() if pair.asked} == set(asked)
    for names, change in asked.items():
        pair = found[names]
        assert pair.p_adjusted == change.p_adjusted
        assert (pair.verdict is Verdict.ESTABLISHED) == change.established
        assert pair.interval is not None
        assert (0 in pair.interval) == (0 in change.interval)
    folders = [model.run.folder for model in section.models]
    (ordinary,) = compare_runs(select_runs(folders, tmp_path)).sections
    for pair in ordinary.pairs:
        same = found[frozenset((pair.better.label, pair.worse.label))]
        assert same.asked or same.p_adjusted == pair.p_adjusted


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


def test_ratios_of_training_times_agree_on_a_page(tmp_path: Path) -> None:
    """All are of geometric means, also if times scatter widely."""
    folder = write_synthetic_study(
        tmp_path, [made("cnn3", role, 0.7, seeds=2) for role in ("reference", "tuned")]
    )
    for role, times in (("reference", (10.0, 10.0)), ("tuned", (2.0, 8.0))):
        record = folder / f"cnn3-{role}" / "run.json"
        document = json.loads(record.read_text())
        for final, seconds in zip(document["finals"], times, strict=True):
            final["train_seconds"] = seconds
        record.write_text(json.dumps(document))
    comparison = compare_runs(select_runs([folder], tmp_path))
    (change,) = comparison.studies[0].questions[0].changes
    assert change.time is not None
    assert change.time.value == pytest.approx(0.4)
    assert comparison.sections[0].relative_time(change.before) == pytest.approx(2.5)


def test_the_time_that_kept_features_saved(tmp_path: Path) -> None:
    """Of eight trials and three final trainings, all but the first would have computed them again."""
    (reuse,) = study_of(tmp_path, complete()).reuse
    assert reuse.label == "mobilenet_v2"
    assert reuse.saved == pytest.approx(10 * 40.0)


def test_another_run_in_the_place_of_a_planned_one_answers_nothing(tmp_path: Path) -> None:
    """Such as one that was copied there; it is named."""
    runs = [made("cnn3", "tuned", 0.6), *two(0.6, 0.7, hyperparameters={"learning_rate": 0.5})]
    study = study_of(tmp_path, runs)
    assert study.questions == ()
    assert study.unfinished == ("cnn3-augmented",)
    (problem,) = study.problems
    assert "cnn3-augmented holds another run than the study planned (learning_rate: 0.5 instead" in problem


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


def test_without_names_a_study_is_left_out_unless_there_is_nothing_else(tmp_path: Path) -> None:
    """Its many runs would make the others hard to compare; a line names the command that shows it."""
    folder = write_synthetic_study(tmp_path, complete()[:4])
    alone = compare_runs(select_runs([], tmp_path))
    assert (len(alone.studies), alone.problems) == (1, ())
    write_run(tmp_path / "digits" / "mine", Model(name="mine", accuracy=0.5, seconds=3), DIGITS)
    comparison = compare_runs(select_runs([], tmp_path))
    assert [model.label for model in comparison.sections[0].models] == ["mine"]
    command = f"tunebench compare {folder} --out reports/study-digits.html"
    assert comparison.problems == (f"The study in {folder} is left out: {command} shows it.",)
    # Named, it is there.
    assert len(compare_runs(select_runs([tmp_path], tmp_path)).studies) == 1


def test_a_section_of_a_study_names_the_command_that_writes_its_page(tmp_path: Path) -> None:
    """For the times of busy machines, among others."""
    folder = write_synthetic_study(tmp_path, [made("cnn3", "reference", 0.6, other_load=0.6)])
    selection = select_runs([folder], tmp_path)
    (section,) = compare_runs(selection, page=Path("reports/study.html")).sections
    (step,) = [plain(each) for each in next_steps(section) if "time the winners again" in plain(each)]
    assert step.endswith(f" tunebench compare {folder} --out reports/study.html --retime 3.")


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
    assert any("study.json is damaged (" in problem for problem in comparison.problems)


def test_a_study_is_found_from_the_folder_above_and_other_runs_stay_ordinary(tmp_path: Path) -> None:
    """Runs outside the study are not part of its answers."""
    folder = write_synthetic_study(tmp_path, complete()[:4])
    other = write_run(tmp_path / "other", Model(name="cnn1-plain", accuracy=0.5, seconds=3), DIGITS)
    comparison = compare_runs(select_runs([folder.parent, other], tmp_path))
    assert len(comparison.studies) == 1
    assert len(comparison.sections[0].models) == 5
    assert compare_runs(select_runs([], tmp_path)).studies == ()
