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
        # Workers share GPUs, each as many parts as the fullest one needs.
        ([Node(16, 1)], 2, Division(2, 8, 1 / 2)),
        ([Node(16, 1)], 7, Division(7, 2, 1 / 7)),
        ([Node(16, 2)], 1, Division(1, 16, 1)),
        ([Node(16, 2)], 3, Division(3, 5, 1 / 2)),
        ([Node(16, 2)], 8, Division(8, 2, 1 / 4)),
        # The machine without a GPU is left out.
        ([Node(8, 2), Node(64, 0)], None, Division(2, 4, 1)),
    ],
)
def test_cores_and_gpus_are_divided(nodes: list[Node], workers: int | None, expected: Division) -> None:
    """Each worker gets as much as fits on one machine, for all workers at once."""
    assert divide(nodes, workers) == expected


@pytest.mark.parametrize(("gpus", "own"), [(0.0, 0), (1 / 3, 1), (1.0, 1)])
def test_a_worker_that_is_alone_has_a_gpu_and_the_same_cores(gpus: float, own: int) -> None:
    """It has all memory of the GPU, and computes what it would compute beside others."""
    assert Division(3, 2, gpus).alone == Division(1, 2, own)


def test_more_workers_than_cores_are_refused() -> None:
    """Each worker needs a core."""
    with pytest.raises(SearchError, match="The cluster has 4 processor cores for the 5 workers asked for"):
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
    # Above 1, Ray takes whole numbers only.
    assert 0 <= division.gpus <= 1
