"""How the processors and GPUs of one or more machines are divided among workers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tunebench.errors import SearchError


@dataclass(frozen=True)
class Node:
    """What a machine has for workers."""

    cpus: int
    gpus: int


@dataclass(frozen=True)
class Division:
    """How many workers there are, and what each gets.

    Attributes:
        workers: How many.
        cpus: Processor cores of each, at least 1.
        gpus: GPUs of each: 1, a part of one where there are fewer than workers, or 0 where there is none.
    """

    workers: int
    cpus: int
    gpus: float


def divide(nodes: Sequence[Node], workers: int | None) -> Division:
    """Divide machines among workers.

    Args:
        nodes: The machines.
        workers: How many; ``None``: one a GPU, or one a machine where no machine has one.

    Returns:
        The division.

    Raises:
        SearchError: There are more workers than processor cores.
    """
    # Where there are GPUs, a machine without one would train far slower than the others.
    used = [node for node in nodes if node.gpus] or [node for node in nodes if node.cpus]
    num_gpus = sum(node.gpus for node in used)
    if workers is None:
        workers = num_gpus or len(used) or 1
    gpus = 0.0
    if num_gpus:
        gpus = 1.0 if num_gpus >= workers else 1 / math.ceil(workers / num_gpus)
    for cpus in range(max((node.cpus for node in used), default=0), 0, -1):
        if sum(_fitting(node, cpus, gpus) for node in used) >= workers:
            return Division(workers, cpus, gpus)
    cores = sum(node.cpus for node in used)
    raise SearchError(
        f"{workers} workers were asked for, but the cluster has {cores} processor cores for them. "
        f"Use --workers with a number up to {max(1, cores)}, or add machines to the cluster."
    )


def _fitting(node: Node, cpus: int, gpus: float) -> int:
    """How many workers a machine holds."""
    by_cpu = node.cpus // cpus
    return min(by_cpu, node.gpus * round(1 / gpus)) if gpus else by_cpu
