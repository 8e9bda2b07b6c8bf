"""A Ray actor that runs one trial at a time, with the settings that Keras has in the search."""

import os
import queue
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from tunebench.tuning.parallel import gpu_share
from tunebench.tuning.parallel.payload import Setup

if TYPE_CHECKING:
    from tunebench.tuning.parallel.trainer import Trainer

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)


class TrialWorker:
    """Trains trials of one search.

    Args:
        setup: What all trials have in common.
        threads: Threads that an operation may use.
        gpus: Its part of a GPU; 1: a whole one, 0: none.
    """

    def __init__(self, setup: Setup, threads: int, gpus: float) -> None:
        os.environ.update(setup.environment, **dict.fromkeys(_THREAD_VARIABLES, str(threads)))
        self._setup = setup
        self._gpus = gpus
        self._trainer: Trainer

    def prepare(self) -> None:
        """Import Keras and the space.

        Raises:
            SearchError: This machine has other versions than that of the search.
        """
        gpu_share.limit(self._gpus)
        from tunebench.tuning.parallel.trainer import Trainer  # noqa: PLC0415 (imports Keras)

        self._trainer = Trainer(self._setup)

    def run(self, task: bytes, examples: Any) -> Iterator[tuple[Any, ...]]:
        """Train a trial.

        Args:
            task: See :func:`~tunebench.tuning.parallel.payload.dump_task`.
            examples: See :meth:`~tunebench.tuning.parallel.trainer.Trainer.train`.

        Yields:
            ``("epoch", epoch, epochs, score)``, ``("note", text)`` and ``("alive",)`` during training, then
            ``("done", result, failed)``.

        Raises:
            TunebenchError: The search cannot continue, for instance because weights are missing.
        """
        messages: queue.SimpleQueue[Any] = queue.SimpleQueue()
        # In another thread, so that messages are sent during training.
        with ThreadPoolExecutor(1) as threads:
            training = threads.submit(self._trainer.train, task, examples, messages.put)
            training.add_done_callback(lambda _: messages.put(None))
            while message := messages.get():
                yield message
        yield ("done", *training.result())
