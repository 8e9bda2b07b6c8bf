"""What a search maximises."""

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score

from tunebench.objectives import ACCURACY, OBJECTIVES

BALANCED, MACRO_F1, LOSS = (OBJECTIVES[name] for name in ("balanced_accuracy", "macro_f1", "loss"))
IMAGES = st.lists(st.integers(0, 500), min_size=2, max_size=10).filter(any)
PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


@given(PAIRS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_values_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    """Balanced accuracy is over the classes that have images, macro F1 over all classes."""
    labels, predicted = np.array(pairs).T
    expected = balanced_accuracy_score(labels, predicted)
    assert BALANCED.of_classes(labels, predicted, 4) == pytest.approx(expected)
    expected = f1_score(labels, predicted, labels=[0, 1, 2, 3], average="macro", zero_division=0)
    assert MACRO_F1.of_classes(labels, predicted, 4) == pytest.approx(expected)


def test_a_common_class_does_not_count_more() -> None:
    """Always naming the commonest class is 90 % accurate, but its balanced accuracy is 50 %."""
    labels = np.array([0] * 90 + [1] * 10)
    assert BALANCED.of_classes(labels, np.zeros_like(labels), 2) == 0.5


@given(IMAGES)
def test_chance_is_that_of_the_commonest_class(images_per_class: list[int]) -> None:
    """It is an accuracy above that of naming the commonest class, by two standard errors."""
    found, number = ACCURACY.chance_level(images_per_class), sum(images_per_class)
    share = max(images_per_class) / number
    assert share <= found <= min(1, share + 1 / number**0.5)


@given(IMAGES)
def test_balanced_chance_is_one_class_of_all(images_per_class: list[int]) -> None:
    """It is above 1 divided by the number of classes that have images."""
    present = sum(number > 0 for number in images_per_class)
    assert 1 / present <= BALANCED.chance_level(images_per_class) <= 1
    assert BALANCED.chance_level([80] * 10) == pytest.approx(ACCURACY.chance_level([80] * 10))


def test_a_loss_has_neither_chance_nor_error() -> None:
    """Its score is minus the loss, and nothing is known about it beforehand; F1 has no chance level."""
    assert LOSS.score(0.3) == -0.3
    assert (LOSS.mode, LOSS.metric) == ("min", "val_loss")
    assert LOSS.chance_level([5, 5]) == MACRO_F1.chance_level([5, 5]) == -inf
    assert LOSS.standard_error(-0.3, [5, 5]) == inf


@given(st.lists(st.integers(5, 200), min_size=2, max_size=5), st.floats(0.1, 0.9))
def test_the_error_of_balanced_accuracy_grows_with_rare_classes(images: list[int], recall: float) -> None:
    """It is that of the mean of independent proportions."""
    variances = [recall * (1 - recall) / number for number in images]
    assert BALANCED.standard_error(recall, images) == pytest.approx(sqrt(sum(variances)) / len(images))
