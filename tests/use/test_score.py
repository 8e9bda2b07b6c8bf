"""Accuracy and balanced accuracy of labelled images."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, recall_score

from tunebench.comparison.intervals import wilson
from tunebench.use.score import Score


def test_figures_are_those_of_scikit_learn() -> None:
    """A class without images counts in neither."""
    generator = np.random.default_rng(0)
    labels = generator.choice(3, 200, p=[0.7, 0.2, 0.1])
    predicted = np.where(generator.random(200) < 0.6, labels, generator.integers(0, 4, 200))
    score = Score(("a", "b", "c", "d"))
    for label, guess in zip(labels.tolist(), predicted.tolist(), strict=True):
        score.add(label, guess)
    assert score.accuracy == pytest.approx(accuracy_score(labels, predicted))
    recall = recall_score(labels, predicted, labels=range(3), average="macro")
    assert score.balanced_accuracy == pytest.approx(recall)
    assert score.accuracy_interval == wilson(score.accuracy, 200)
    assert score.balanced_accuracy in score.balanced_interval


def test_each_class_has_a_line() -> None:
    """With its images and the part that is correct; names cannot control the terminal."""
    score = Score(("cats", "\x1b[31mred"))
    for _ in range(3):
        score.add(0, 0)
    score.add(0, 1)
    lines = list(score.lines())
    assert lines[0] == "Scored by their class folders: 4 images."
    assert lines[1].startswith("accuracy            75.0%  (95 % interval 30.1% to 95.4%)")
    assert lines[4].split() == ["cats", "4", "75.0%"]
    assert lines[5].split()[1:] == ["0", "–"]
    assert all("\x1b" not in line for line in lines)
