"""What passes between a search and the bridge, which imports no Keras: what needs it is packed."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Begin:
    """The first message: how many workers to start, and where.

    Attributes:
        workers: ``None``: as many as the cluster has GPUs, or nodes where it has none.
        cluster: Its address; ``None``: start Ray on this machine.
        setup: A packed :class:`~tunebench.tuning.parallel.payload.Setup`, for the workers.
        versions: What the workers must agree on.
        hang_seconds: How long a worker may be silent, at least.
    """

    workers: int | None
    cluster: str | None
    setup: bytes
    versions: dict[str, str | None]
    hang_seconds: float


@dataclass(frozen=True)
class Share:
    """Examples that trials refer to by their number; ``None`` forgets them."""

    number: int
    examples: Any


@dataclass(frozen=True, kw_only=True)
class Start:
    """A trial to run.

    Attributes:
        trial_id: Keras Tuner's number.
        task: What :func:`~tunebench.tuning.parallel.payload.pack_task` made of it.
        share: The number of its examples.
    """

    trial_id: str
    task: bytes
    share: int


@dataclass(frozen=True)
class Started:
    """Ray runs, with so many workers."""

    workers: int


@dataclass(frozen=True)
class Epoch:
    """A trial ended an epoch, counted from 1, with this validation accuracy."""

    trial_id: str
    epoch: int
    epochs: int
    score: float


@dataclass(frozen=True)
class Note:
    """Something that the user should know."""

    text: str


@dataclass(frozen=True)
class Done:
    """A trial ended; ``result`` is for :func:`~tunebench.tuning.parallel.payload.unpack_result`."""

    trial_id: str
    worker: str
    result: bytes


@dataclass(frozen=True)
class Lost:
    """A trial that no worker could bring to its end, and why."""

    trial_id: str
    worker: str
    reason: str


@dataclass(frozen=True)
class Fatal:
    """The search cannot go on; ``kind`` is the name of one of tunebench's errors."""

    kind: str
    text: str
