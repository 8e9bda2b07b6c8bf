"""Comparison of runs, grouped by data set."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.synthetic_runs import CIFAR10_CLASSES, FOUR, Data, Model, write_run, write_runs
from tunebench.comparison import Comparison, Section, Standing, Verdict, compare_runs
from tunebench.runs import select_runs


def compared(runs_dir: Path) -> Comparison:
    """Compare all runs in a folder."""
    return compare_runs(select_runs([], runs_dir))


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Section:
    """The four models on one data set."""
    folder = tmp_path_factory.mktemp("four")
    write_runs(folder)
    return compared(folder).sections[0]


def test_models_are_sorted_by_accuracy(four: Section) -> None:
    """The most accurate model comes first."""
    assert [model.label for model in four.models] == ["mobilenet_v2", "cnn3", "cnn2", "cnn1"]


def test_a_clear_difference_is_established_and_a_narrow_one_is_not(four: Section) -> None:
    """Only clear differences are established."""
    verdicts = {(pair.better.label, pair.worse.label): pair.verdict for pair in four.pairs}
    assert len(verdicts) == 6
    assert verdicts["mobilenet_v2", "cnn3"] is Verdict.ESTABLISHED
    assert verdicts["cnn3", "cnn2"] is Verdict.NOT_ESTABLISHED


def test_intervals_hold_their_difference_and_corrected_p_values_are_larger(four: Section) -> None:
    """Intervals contain the difference, exclude 0 if it is established, and correction raises p-values."""
    for pair in four.pairs:
        assert pair.interval is not None
        assert pair.p is not None
        assert pair.p_adjusted is not None
        assert pair.difference in pair.interval
        assert pair.p_adjusted >= pair.p
        assert (0 in pair.interval) == (pair.verdict is Verdict.NOT_ESTABLISHED) == (pair.p_adjusted >= 0.05)


def test_the_same_runs_give_the_same_intervals(four: Section, tmp_path: Path) -> None:
    """Repeating a comparison gives the same intervals."""
    write_runs(tmp_path)
    again = compared(tmp_path).sections[0]
    assert [pair.interval for pair in again.pairs] == [pair.interval for pair in four.pairs]


def test_one_seed_each_speaks_of_the_trained_models_only(tmp_path: Path) -> None:
    """With one seed each, a difference is established for the trained models only."""
    write_run(tmp_path / "a", Model(name="a", accuracy=0.9, seconds=5, seeds=1))
    write_run(tmp_path / "b", Model(name="b", accuracy=0.5, seconds=5, seeds=1))
    assert compared(tmp_path).sections[0].pairs[0].verdict is Verdict.AS_TRAINED


def test_data_sets_are_never_mixed(tmp_path: Path) -> None:
    """Runs on another data set or size are in another section."""
    write_runs(tmp_path / "a", FOUR[:2])
    write_runs(tmp_path / "b", FOUR[:3], Data(train_size=1000))
    write_runs(tmp_path / "c", FOUR[:1], Data(name="digits"))
    sections = compared(tmp_path).sections
    assert [(each.dataset.name, each.dataset.train_size, len(each.models)) for each in sections] == [
        ("cifar10", 1000, 3),
        ("cifar10", 4000, 2),
        ("digits", 4000, 1),
    ]


def test_the_same_images_in_two_sizes_are_compared(tmp_path: Path) -> None:
    """Their pixels differ, but not the files that they were read from."""
    for name, data in (("small", Data()), ("large", Data(class_names=tuple(reversed(CIFAR10_CLASSES))))):
        (folder,) = write_runs(tmp_path / name, [Model(name=name, accuracy=0.6, seconds=3)], data)
        record = json.loads((folder / "run.json").read_text())
        record["dataset"]["identity"] = "the same files"
        (folder / "run.json").write_text(json.dumps(record))
    assert [len(section.models) for section in compared(tmp_path).sections] == [2]


def test_labels_are_unique(tmp_path: Path) -> None:
    """Runs that share a name are labelled with their folders."""
    write_runs(tmp_path / "first", FOUR[:1])
    write_runs(tmp_path / "second", FOUR[:1])
    write_run(tmp_path / "third", Model(name="cnn1 (first/cifar10/cnn1)", accuracy=0.5, seconds=3))
    labels = {model.label for model in compared(tmp_path).sections[0].models}
    assert labels == {
        "cnn1 (first/cifar10/cnn1)",
        "cnn1 (second/cifar10/cnn1)",
        "cnn1 (first/cifar10/cnn1)'",
    }


def test_missing_predictions_leave_the_rest_compared(tmp_path: Path) -> None:
    """A run with a missing file keeps its recorded accuracy but is not tested."""
    folders = write_runs(tmp_path)
    (folders[2] / "predictions-1.npz").unlink()
    comparison = compared(tmp_path)
    section = comparison.sections[0]
    cnn3 = next(model for model in section.models if model.label == "cnn3")
    assert cnn3.accuracy.mean == pytest.approx(np.mean([final.test_accuracy for final in cnn3.record.finals]))
    assert cnn3.macro_f1 is None
    assert sum(pair.verdict is Verdict.NOT_TESTED for pair in section.pairs) == 3
    assert sum(pair.p is not None for pair in section.pairs) == 3
    assert ["predictions-1.npz is missing" in problem for problem in comparison.problems] == [True]


def test_models_with_other_test_images_are_not_tested(tmp_path: Path) -> None:
    """Models with other test images are reported; the others are still tested."""
    folders = write_runs(tmp_path)
    for path in folders[3].glob("predictions-*.npz"):
        with np.load(path) as arrays:
            labels, probabilities = arrays["labels"][::-1], arrays["probabilities"][::-1]
        np.savez(path, labels=labels, probabilities=probabilities)
    comparison = compared(tmp_path)
    assert sum(pair.p is not None for pair in comparison.sections[0].pairs) == 3
    assert comparison.sections[0].family == 3
    (problem,) = comparison.problems
    assert problem.startswith("mobilenet_v2: its predictions are of other images than cnn3's")


def test_predictions_that_contradict_the_record_are_named(tmp_path: Path) -> None:
    """Predictions that contradict the recorded accuracy are reported and not used."""
    folders = write_runs(tmp_path, FOUR[2:])
    (folders[0] / "predictions-0.npz").write_bytes((folders[1] / "predictions-0.npz").read_bytes())
    comparison = compared(tmp_path)
    assert any("gives an accuracy of" in problem for problem in comparison.problems)
    assert comparison.sections[0].pairs[0].verdict is Verdict.NOT_TESTED


def test_a_search_without_trials_is_named(tmp_path: Path) -> None:
    """A search that finished no trial is reported."""
    write_runs(tmp_path, [Model(name="none", accuracy=0.5, seconds=3, trials=0)])
    assert any("finished no trial" in problem for problem in compared(tmp_path).problems)


def test_no_front_across_machines(tmp_path: Path) -> None:
    """Times measured on different machines are not compared."""
    write_runs(tmp_path, FOUR[:2])
    write_run(tmp_path / "gpu", Model(name="gpu", accuracy=0.9, seconds=2, device="GPU: one"))
    section = compared(tmp_path).sections[0]
    assert set(section.standings.values()) == {Standing.UNKNOWN}
    ratios = {model.label: section.relative_time(model) for model in section.models}
    assert ratios["gpu"] == ratios["cnn1"] == 1
    assert ratios["cnn2"] == pytest.approx(33 / 9.4, rel=0.15)


def test_dominated_only_where_it_is_established(tmp_path: Path) -> None:
    """A model is dominated only if the difference in accuracy is established."""
    models = [
        Model(name="best", accuracy=0.80, seconds=10),
        Model(name="close", accuracy=0.79, seconds=20),
        Model(name="far", accuracy=0.50, seconds=20),
        Model(name="quick", accuracy=0.40, seconds=2),
    ]
    write_runs(tmp_path, models)
    assert compared(tmp_path).sections[0].standings == {
        "best": Standing.FRONT,
        "close": Standing.UNSETTLED,
        "far": Standing.DOMINATED,
        "quick": Standing.FRONT,
    }


def test_two_repeats_establish_no_time(tmp_path: Path) -> None:
    """At least three repeats are needed to establish a shorter time."""
    models = [
        Model(name="best", accuracy=0.80, seconds=10, seeds=2, seed_spread=0),
        Model(name="far", accuracy=0.30, seconds=20, seeds=2, seed_spread=0),
    ]
    write_runs(tmp_path, models)
    section = compared(tmp_path).sections[0]
    assert section.pairs[0].verdict is Verdict.ESTABLISHED
    assert section.standings["far"] is Standing.UNSETTLED


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"precision": "mixed_bfloat16"}, {"precision": ["float32", "mixed_bfloat16"]}),
        ({"backend": "jax 0.10.2", "tensorflow": None}, {"back end": ["TensorFlow 2.21.0", "JAX 0.10.2"]}),
        ({"tensorflow": "2.22.0"}, {"back end": ["TensorFlow 2.21.0", "TensorFlow 2.22.0"]}),
        ({"keras_tuner": "1.5"}, {}),
    ],
)
def test_what_keeps_times_from_being_compared_is_named(
    tmp_path: Path, changes: dict[str, str | None], expected: dict[str, list[str]]
) -> None:
    """The differing timing conditions are listed with their values."""
    other = write_runs(tmp_path, FOUR[2:])[0]
    record = json.loads((other / "run.json").read_text())
    record["environment"].update(changes)
    (other / "run.json").write_text(json.dumps(record))
    section = compared(tmp_path).sections[0]
    assert section.timing_differences == expected
    assert (len(section.timing_conditions) > 1) == bool(expected)


def test_many_models_are_compared_with_the_best_and_at_the_top(tmp_path: Path) -> None:
    """Only the best of many models are all compared; the correction counts every pair."""
    models = [
        Model(name=f"m{number}", accuracy=0.5 + number / 100, seconds=5, seeds=1) for number in range(20)
    ]
    write_runs(tmp_path, models, Data(test_size=100))
    section = compared(tmp_path).sections[0]
    assert len(section.pairs) == 12 * 11 // 2 + 8
    assert section.pair(section.models[0], section.models[-1]) is not None
    assert section.pair(section.models[-2], section.models[-1]) is None
    tested = [pair for pair in section.pairs if pair.p is not None]
    smallest = min(tested, key=lambda pair: pair.p or 0)
    assert smallest.p is not None
    assert smallest.p_adjusted == pytest.approx(min(1, smallest.p * 20 * 19 / 2))


def test_time_of_zero_has_no_multiple(tmp_path: Path) -> None:
    """A training time of zero gives no relative time."""
    folder = write_run(tmp_path / "run", FOUR[0])
    record = json.loads((folder / "run.json").read_text())
    for final in record["finals"]:
        final["train_seconds"] = 0
    (folder / "run.json").write_text(json.dumps(record))
    section = compared(tmp_path).sections[0]
    assert section.relative_time(section.models[0]) is None


def test_macro_f1_and_confusion_count_every_class(tmp_path: Path) -> None:
    """Classes without test images count in macro F1 and in the confusion matrix."""
    write_run(tmp_path / "run", FOUR[0], Data(test_size=7))
    model = compared(tmp_path).sections[0].models[0]
    assert model.confusion is not None
    assert model.confusion.shape == (10, 10)
    assert model.confusion.sum() == 7 * model.seeds
    assert model.macro_f1 is not None
    assert model.macro_f1 <= 0.7
