"""Runs are compared with those of their data set, and with no others."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.synthetic_runs import FOUR, Data, Model, write_run, write_runs
from tunebench.comparison import Comparison, Section, Standing, Verdict, compare_runs
from tunebench.runs import select_runs


def compared(runs_dir: Path) -> Comparison:
    """All runs below a folder."""
    return compare_runs(select_runs([], runs_dir))


@pytest.fixture
def four(tmp_path: Path) -> Section:
    """The four models on one data set."""
    write_runs(tmp_path)
    return compared(tmp_path).sections[0]


def test_models_stand_the_most_accurate_first(four: Section) -> None:
    """The answer and every table read the first as the best."""
    assert [model.label for model in four.models] == ["mobilenet_v2", "cnn3", "cnn2", "cnn1"]


def test_a_clear_difference_is_established_and_a_narrow_one_is_not(four: Section) -> None:
    """The verdicts would be the wrong way round, or all the same."""
    verdicts = {(pair.better.label, pair.worse.label): pair.verdict for pair in four.pairs}
    assert len(verdicts) == 6
    assert verdicts["mobilenet_v2", "cnn3"] is Verdict.ESTABLISHED
    assert verdicts["cnn3", "cnn2"] is Verdict.NOT_ESTABLISHED


def test_intervals_hold_their_difference_and_corrected_p_values_are_larger(four: Section) -> None:
    """A column would belong to another pair."""
    for pair in four.pairs:
        assert pair.interval is not None
        assert pair.sampling_interval is not None
        assert pair.p is not None
        assert pair.p_adjusted is not None
        assert pair.difference in pair.interval
        assert pair.interval.low <= pair.sampling_interval.low + 0.002
        assert pair.interval.high >= pair.sampling_interval.high - 0.002
        assert pair.p_adjusted >= pair.p


def test_the_same_runs_give_the_same_figures(tmp_path: Path) -> None:
    """Two people with the same runs would read different intervals."""
    write_runs(tmp_path)
    first, second = compared(tmp_path).sections[0], compared(tmp_path).sections[0]
    assert [pair.interval for pair in first.pairs] == [pair.interval for pair in second.pairs]


def test_one_seed_each_speaks_of_the_trained_models_only(tmp_path: Path) -> None:
    """With one seed, nothing is known of the next; a page that claims more is wrong."""
    write_run(tmp_path / "a", Model(name="a", accuracy=0.9, seconds=5, seeds=1))
    write_run(tmp_path / "b", Model(name="b", accuracy=0.5, seconds=5, seeds=1))
    assert compared(tmp_path).sections[0].pairs[0].verdict is Verdict.AS_TRAINED


def test_data_sets_are_never_mixed(tmp_path: Path) -> None:
    """Another name, another size or other pixels are another data set."""
    write_runs(tmp_path / "a", FOUR[:2])
    write_runs(tmp_path / "b", FOUR[:3], Data(train_size=1000))
    write_runs(tmp_path / "c", FOUR[:1], Data(name="digits"))
    sections = compared(tmp_path).sections
    assert [(each.dataset.name, each.dataset.train_size, len(each.models)) for each in sections] == [
        ("cifar10", 1000, 3),
        ("cifar10", 4000, 2),
        ("digits", 4000, 1),
    ]


def test_namesakes_are_told_apart(tmp_path: Path) -> None:
    """Two rows with one name, and a link that leads to the wrong one."""
    write_runs(tmp_path / "first", FOUR[:1])
    write_runs(tmp_path / "second", FOUR[:1])
    labels = [model.label for model in compared(tmp_path).sections[0].models]
    assert sorted(labels) == ["cnn1 (first/cifar10/cnn1)", "cnn1 (second/cifar10/cnn1)"]


def test_a_run_called_like_another_one_with_its_folder(tmp_path: Path) -> None:
    """Two models of one label would share figures, links and verdicts."""
    write_runs(tmp_path / "first", FOUR[:1])
    write_runs(tmp_path / "second", FOUR[:1])
    write_run(tmp_path / "third", Model(name="cnn1 (first/cifar10/cnn1)", accuracy=0.5, seconds=3))
    labels = [model.label for model in compared(tmp_path).sections[0].models]
    assert len(set(labels)) == 3


def test_missing_predictions_leave_the_rest_compared(tmp_path: Path) -> None:
    """One lost file would lose the run, or every test."""
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


def test_predictions_of_other_images_are_not_paired(tmp_path: Path) -> None:
    """Images in another order would be compared with each other, and everything would look different."""
    folders = write_runs(tmp_path, FOUR[2:])
    path = folders[1] / "predictions-0.npz"
    with np.load(path) as arrays:
        labels, probabilities = arrays["labels"][::-1], arrays["probabilities"][::-1]
    np.savez(path, labels=labels, probabilities=probabilities)
    comparison = compared(tmp_path)
    assert comparison.sections[0].pairs[0].verdict is Verdict.NOT_TESTED
    assert any("other images" in problem for problem in comparison.problems)


def test_one_foreign_model_does_not_make_the_others_foreign(tmp_path: Path) -> None:
    """The most accurate model, of other images, would cost all the others their tests."""
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
    """The table and the tests would speak of different models."""
    folders = write_runs(tmp_path, FOUR[2:])
    (folders[0] / "predictions-0.npz").write_bytes((folders[1] / "predictions-0.npz").read_bytes())
    comparison = compared(tmp_path)
    assert any("gives an accuracy of" in problem for problem in comparison.problems)
    assert comparison.sections[0].pairs[0].verdict is Verdict.NOT_TESTED


def test_a_search_without_trials_is_named(tmp_path: Path) -> None:
    """Its hyperparameters would be called tuned."""
    write_runs(tmp_path, [Model(name="none", accuracy=0.5, seconds=3, trials=0)])
    assert any("finished no trial" in problem for problem in compared(tmp_path).problems)


def test_no_front_across_machines(tmp_path: Path) -> None:
    """A GPU's seconds would be set against a CPU's."""
    write_runs(tmp_path, FOUR[:2])
    write_run(tmp_path / "gpu", Model(name="gpu", accuracy=0.9, seconds=2, device="GPU: one"))
    section = compared(tmp_path).sections[0]
    assert set(section.standings.values()) == {Standing.UNKNOWN}
    ratios = {model.label: section.relative_time(model) for model in section.models}
    assert ratios["gpu"] == ratios["cnn1"] == 1
    assert ratios["cnn2"] == pytest.approx(33 / 9.4, rel=0.15)


def test_dominated_only_where_it_is_established(tmp_path: Path) -> None:
    """A model that is behind by chance would be crossed out."""
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
    """Two times below two others happen by chance once in six."""
    models = [
        Model(name="best", accuracy=0.80, seconds=10, seeds=2, seed_spread=0),
        Model(name="far", accuracy=0.30, seconds=20, seeds=2, seed_spread=0),
    ]
    write_runs(tmp_path, models)
    section = compared(tmp_path).sections[0]
    assert section.pairs[0].verdict is Verdict.ESTABLISHED
    assert section.standings["far"] is Standing.UNSETTLED


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("precision", "mixed_bfloat16", {"precision": ["float32", "mixed_bfloat16"]}),
        ("backend", "jax", {"back end": ["tensorflow", "jax"]}),
        ("tensorflow", "2.22.0", {"TensorFlow": ["2.21.0", "2.22.0"]}),
        ("keras_tuner", "1.5", {}),
    ],
)
def test_what_keeps_times_from_being_compared_is_named(
    tmp_path: Path, name: str, value: str, said: dict[str, list[str]]
) -> None:
    """A reader would be told of other machines where only the precision differs, or of nothing."""
    other = write_runs(tmp_path, FOUR[2:])[0]
    record = json.loads((other / "run.json").read_text())
    record["environment"][name] = value
    (other / "run.json").write_text(json.dumps(record))
    section = compared(tmp_path).sections[0]
    assert section.timing_differences == said
    assert (len(section.timing_conditions) > 1) == bool(said)


def test_many_models_are_compared_with_the_best_and_at_the_top(tmp_path: Path) -> None:
    """Two hundred runs would make twenty thousand pairs; correction must still count all of them."""
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
    """A division by zero would end the comparison."""
    folder = write_run(tmp_path / "run", FOUR[0])
    record = json.loads((folder / "run.json").read_text())
    for final in record["finals"]:
        final["train_seconds"] = 0
    (folder / "run.json").write_text(json.dumps(record))
    section = compared(tmp_path).sections[0]
    assert section.relative_time(section.models[0]) is None


def test_macro_f1_and_confusion_count_every_class(tmp_path: Path) -> None:
    """A class that no image has, or that is never predicted, would fall out of the average."""
    write_run(tmp_path / "run", FOUR[0], Data(test_size=7))
    model = compared(tmp_path).sections[0].models[0]
    assert model.confusion is not None
    assert model.confusion.shape == (10, 10)
    assert model.confusion.sum() == 7 * model.seeds
    assert model.macro_f1 is not None
    assert model.macro_f1 <= 0.7
