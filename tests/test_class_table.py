"""The table of classes."""

import pytest

from tunebench.class_table import class_table


def test_all_classes_in_their_order() -> None:
    """With their images in each split, and the totals."""
    table = class_table(["cats", "dogs\x1b"], {"train": [1000, 20], "test": [5, 7]})
    assert table is not None
    assert list(table.lines()) == [
        "class       train        test",
        "cats        1,000           5",
        "dogs�          20           7",
        "all         1,020          12",
    ]
    assert table.sentence() is None


def test_of_many_classes_the_largest_and_the_smallest() -> None:
    """The totals are those of all."""
    table = class_table([f"c{number}" for number in range(20)], {"train": list(range(20))}, 12)
    assert table is not None
    assert [name for name, _ in table.rows] == [
        f"c{number}" for number in [*range(19, 13, -1), *range(5, -1, -1)]
    ]
    assert (table.omitted, table.classes, table.totals) == (8, 20, (190,))
    assert "… 8 more in between" in list(table.lines())


def test_equal_classes_are_a_sentence() -> None:
    """It is shorter than the table."""
    table = class_table(["a", "b"], {"train": [1000, 1000], "test": [10, 10]})
    assert table is not None
    assert table.sentence() == "2 classes of 1,000 train and 10 test images each."


@pytest.mark.parametrize("counts", [{}, {"train": [1]}, {"train": [1, 2], "test": [1, 2, 3]}])
def test_counts_that_do_not_fit_give_no_table(counts: dict[str, list[int]]) -> None:
    """A record may be damaged, or of an earlier version."""
    assert class_table(["a", "b"], counts) is None
