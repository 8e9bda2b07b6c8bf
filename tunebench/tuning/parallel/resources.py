"""How processor cores and GPUs are divided among workers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tunebench.errors import SearchError
from tunebench.progress import plural


@dataclass(frozen=True)
class Node:
    """The resources of one machine."""

    cpus: int
    gpus: int


@dataclass(frozen=True)
class Division:
    """How many workers there are, and what each gets.

    Attributes:
        workers: Number of workers.
        cpus: Processor cores of each, at least 1.
        gpus: GPUs of each: 1, a fraction if there are more workers than GPUs, or 0.
    """

    workers: int
    cpus: int
    gpus: float

    @property
    def alone(self) -> "Division":
        """One of these workers without the others: a whole GPU, and as many cores, to compute the same."""
        return Division(1, self.cpus, math.ceil(self.gpus))


def divide(nodes: Sequence[Node], workers: int | None) -> Division:
    """Divide machines among workers.

    Args:
        nodes: The machines.
        workers: Number of workers; by default one per GPU, or one per machine if there are no GPUs.

    Raises:
        SearchError: There are more workers than processor cores.
    """
    # A machine without a GPU would train far slower than one with.
    used = [node for node in nodes if node.gpus] or [node for node in nodes if node.cpus]
    num_gpus = sum(node.gpus for node in used)
    workers = workers or num_gpus or len(used) or 1
    # Each GPU has room for this many workers.
    per_gpu = math.ceil(workers / num_gpus) if num_gpus else 0
    for cpus in range(max((node.cpus for node in used), default=0), 0, -1):
        rooms = [min(node.cpus // cpus, node.gpus * per_gpu or workers) for node in used]
        if sum(rooms) >= workers:
            return Division(workers, cpus, 1 / per_gpu if per_gpu else 0.0)
    cores = sum(node.cpus for node in used)
    raise SearchError(
        f"The cluster has {plural(cores, 'processor core')} for the {plural(workers, 'worker')} asked for. "
        f"Use --workers with a number up to {max(1, cores)}, or add machines to the cluster."
    )
