"""Accuracy against the number of training images."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.synthetic_runs import FOUR, Data, Model, write_run, write_runs
from tunebench.comparison import Comparison, compare_runs
from tunebench.report.answer import answer
from tunebench.report.size_view import size_view
from tunebench.report.words import plain
from tunebench.runs import select_runs

LARGE, SMALL = Data(train_size=4000), Data(train_size=1000)


def same_test_images(small: Path, large: Path) -> None:
    """Give two synthetic runs the same test images."""
    for path in small.glob("predictions-*.npz"):
        with np.load(path) as arrays, np.load(large / path.name) as others:
            order = np.argsort(arrays["labels"], kind="stable")[
                np.argsort(np.argsort(others["labels"], kind="stable"))
            ]
            np.savez(path, labels=arrays["labels"][order], probabilities=arrays["probabilities"][order])


def compared(tmp_path: Path, gain: float, seeds: int = 3, spread: float = 0.05) -> Comparison:
    """Compare a space trained on 1,000 and on 4,000 images."""
    model = Model(name="cnn3", accuracy=0.62, seconds=40, seeds=seeds, seed_spread=spread)
    large = write_run(tmp_path / "large" / "cnn3", model, LARGE)
    smaller = replace(model, accuracy=0.62 - gain, seconds=10)
    small = write_run(tmp_path / "small" / "cnn3", smaller, SMALL)
    same_test_images(small, large)
    return compare_runs(select_runs([], tmp_path))


def test_a_rise_is_established_by_the_same_images(tmp_path: Path) -> None:
    """An established gain is shown and leads to the advice to train on more images."""
    comparison = compared(tmp_path, gain=0.15)
    (curve,) = comparison.size_curves
    (series,) = curve.series
    assert [model.record.dataset.train_size for model in series.models] == [1000, 4000]
    assert series.rising
    large = next(section for section in comparison.sections if section.dataset.train_size == 4000)
    steps = [plain(step) for step in answer(large, comparison.size_curves).next_steps]
    assert "Train cnn3 on more images: its accuracy still rose between 1,000 and 4,000." in steps


def test_a_flat_curve_is_not_called_rising(tmp_path: Path) -> None:
    """Equal accuracies are not called a rise."""
    assert not compared(tmp_path, gain=0.0).size_curves[0].series[0].rising


def test_one_seed_shows_no_rise(tmp_path: Path) -> None:
    """A single seed per size establishes no rise."""
    comparison = compared(tmp_path, gain=0.15, seeds=1)
    assert not comparison.size_curves[0].series[0].rising
    (sentence,) = size_view(comparison.size_curves[0], "n1").sentences
    assert sentence.endswith("; no rise is shown between 1,000 and 4,000 images.")


def test_the_validation_images_choose_among_runs_of_one_size(tmp_path: Path) -> None:
    """Of several runs on one size, the one with the best validation accuracy is used."""
    compared(tmp_path, gain=0.15)
    unlucky = Model(name="cnn3-default", accuracy=0.3, seconds=10)
    other = write_run(tmp_path / "other", unlucky, LARGE)
    record = json.loads((other / "run.json").read_text())
    for final in record["finals"]:
        final["validation_accuracy"] = 1
    (other / "run.json").write_text(json.dumps(record))
    same_test_images(other, tmp_path / "large" / "cnn3")
    (curve,) = compare_runs(select_runs([], tmp_path)).size_curves
    assert curve.series[0].models[-1].record.name == "cnn3-default"
    assert not curve.series[0].rising


def test_one_size_has_no_curve(tmp_path: Path) -> None:
    """Runs on a single size give no curve."""
    write_runs(tmp_path, FOUR)
    assert compare_runs(select_runs([], tmp_path)).size_curves == ()


def test_other_test_images_are_another_curve(tmp_path: Path) -> None:
    """Runs on different test images do not share a curve."""
    write_run(tmp_path / "large", Model(name="cnn3", accuracy=0.62, seconds=40), LARGE)
    write_run(tmp_path / "small", Model(name="cnn3", accuracy=0.5, seconds=10), SMALL)
    assert compare_runs(select_runs([], tmp_path)).size_curves == ()
