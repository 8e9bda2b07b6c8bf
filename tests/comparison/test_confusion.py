"""What a model takes for what, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from tunebench.comparison.confusion import confusion_matrix, macro_f1


@given(st.integers(2, 6), st.data())
def test_the_counts_and_their_f1_are_scikit_learns(classes: int, data: st.DataObject) -> None:
    """A class that no image has, or that is never predicted, would fall out of the average."""
    class_of = st.integers(0, classes - 1)
    pairs = data.draw(st.lists(st.tuples(class_of, class_of), min_size=1, max_size=30))
    labels, predicted = np.array(pairs).T
    expected = metrics.confusion_matrix(labels, predicted, labels=range(classes))
    assert np.array_equal(confusion_matrix(labels, predicted, classes), expected)
    f1 = metrics.f1_score(labels, predicted, labels=range(classes), average="macro", zero_division=0)
    assert macro_f1(expected) == pytest.approx(f1, abs=1e-12)
