"""How processor cores and GPUs are divided among workers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunebench.errors import SearchError
from tunebench.tuning.parallel.resources import Division, Node, divide


@pytest.mark.parametrize(
    ("nodes", "workers", "expected"),
    [
        ([Node(8, 0)], 2, Division(2, 4, 0)),
        ([Node(8, 0)], 3, Division(3, 2, 0)),
        # Six cores, but no worker spans two machines.
        ([Node(5, 0), Node(1, 0)], 2, Division(2, 2, 0)),
        ([Node(3, 0), Node(3, 0)], None, Division(2, 3, 0)),
        ([Node(16, 4)], 4, Division(4, 4, 1)),
        ([Node(16, 4)], None, Division(4, 4, 1)),
        ([Node(16, 4)], 2, Division(2, 8, 1)),
        # Two workers share a GPU.
        ([Node(16, 1)], 2, Division(2, 8, 0.5)),
        # The machine without a GPU is left out.
        ([Node(8, 2), Node(64, 0)], None, Division(2, 4, 1)),
    ],
)
def test_cores_and_gpus_are_divided(nodes: list[Node], workers: int | None, expected: Division) -> None:
    """Each worker gets as much as fits on one machine, for all workers at once."""
    assert divide(nodes, workers) == expected


def test_more_workers_than_cores_are_refused() -> None:
    """Each worker needs a core."""
    with pytest.raises(SearchError, match="5 workers were asked for, but the cluster has 4 processor cores"):
        divide([Node(2, 0), Node(2, 0)], 5)


@given(
    st.lists(st.tuples(st.integers(1, 64), st.integers(0, 8)), min_size=1, max_size=4),
    st.integers(1, 16),
)
def test_all_workers_fit_on_the_machines(made: list[tuple[int, int]], workers: int) -> None:
    """No more cores and GPUs are given out than there are."""
    nodes = [Node(*each) for each in made]
    try:
        division = divide(nodes, workers)
    except SearchError:
        return
    room = 0
    for node in nodes:
        by_gpu = node.gpus / division.gpus if division.gpus else division.workers
        room += int(min(node.cpus // division.cpus, by_gpu + 1e-9))
    assert room >= division.workers == workers
    assert division.cpus >= 1
