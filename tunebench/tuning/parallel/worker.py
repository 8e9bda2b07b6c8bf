"""A Ray actor that runs one trial at a time; it imports Keras with the search's settings."""

import os
import pickle
import queue
import tempfile
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tunebench.errors import BackboneError, TunebenchError
from tunebench.progress import SilentProgress
from tunebench.tuning.parallel import payload

# How often a worker says that its trial moves on.
_SIGN_SECONDS = 2.0
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
        setup: A pickled :class:`~tunebench.tuning.parallel.payload.Setup`.
        threads: How many threads an operation may use.
    """

    def __init__(self, setup: bytes, threads: int) -> None:
        self._setup: payload.Setup = pickle.loads(setup)  # noqa: S301 (from the search that started this worker)
        os.environ.update(self._setup.environment)
        os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
        self._folder = Path(tempfile.mkdtemp(prefix="tunebench-worker-"))
        self._messages: queue.SimpleQueue[tuple[Any, ...]] = queue.SimpleQueue()
        self._num_batches = 0

    def ready(self) -> dict[str, str | None]:
        """Import Keras and the space; the versions of what the scores depend on."""
        from tunebench.tuning.parallel.versions import versions  # noqa: PLC0415 (imports Keras)

        found = versions()
        self._space = self._find_space()
        return found

    def run(self, task: bytes, examples: Any) -> Iterator[tuple[Any, ...]]:
        """Train a trial.

        Args:
            task: See :func:`~tunebench.tuning.parallel.payload.pack_task`.
            examples: Inputs, labels and views to train on, and the same to validate on.

        Yields:
            ``("epoch", epoch, epochs, score)``, ``("note", text)`` and ``("alive",)`` while it trains; at the
            end ``("done", result)``, or ``("trouble", kind, text)`` where the search has to stop.
        """
        # A thread of its own, so that signs of life can be given from this one.
        thread = threading.Thread(target=self._train, args=(task, examples), daemon=True)
        thread.start()
        num_seen = self._num_batches
        while True:
            try:
                message = self._messages.get(timeout=_SIGN_SECONDS)
            except queue.Empty:
                if self._num_batches > num_seen:
                    num_seen = self._num_batches
                    yield ("alive",)
                continue
            yield message
            if message[0] in {"done", "trouble"}:
                thread.join()
                return

    def _train(self, packed: bytes, examples: Any) -> None:
        try:
            self._messages.put(("done", self._result(packed, examples)))
        except TunebenchError as error:
            self._messages.put(("trouble", type(error).__name__, str(error)))
        except OSError as error:
            self._messages.put(("trouble", "SearchError", f"A worker's machine refused: {error}."))
        except BaseException as error:  # noqa: BLE001 (the search must hear of it, whatever it is)
            self._messages.put(
                ("trouble", "SearchError", f"A worker failed: {type(error).__name__}: {error}")
            )

    def _result(self, packed: bytes, examples: Any) -> bytes:
        import keras  # noqa: PLC0415 (see the module)

        from tunebench import backbones  # noqa: PLC0415 (the same)
        from tunebench.features.preparation import Prepared  # noqa: PLC0415 (the same)
        from tunebench.fitting import Examples  # noqa: PLC0415 (the same)
        from tunebench.tuning.executor import InProcessExecutor  # noqa: PLC0415 (the same)

        setup = self._setup
        # Keras keeps it by thread.
        keras.config.set_dtype_policy(setup.precision)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder, self._backbone(backbones):
            task, prefix_seconds = payload.unpack_task(packed, Path(folder))
            train, validation = (Examples(*each) for each in examples)
            source = _Delivered(
                self._space,
                SimpleNamespace(num_classes=setup.num_classes, mirror_safe=setup.mirror_safe),
                Prepared(None, train, validation, prefix_seconds),
            )
            executor = InProcessExecutor(source, setup.training, _Forwarder(self._messages), self._count)
            return payload.pack_result(task, executor.run(task), setup.training.planned)

    def _count(self) -> None:
        self._num_batches += 1

    def _find_space(self) -> Any:
        """The space of the search; where its file lies here too, it may use what lies beside it."""
        from tunebench import spaces  # noqa: PLC0415 (imports Keras)

        name, path = self._setup.space
        if name in spaces.names() and spaces.sha256(name) == self._setup.source_sha256:
            return spaces.find(name)
        if not path.is_file() or spaces.sha256(str(path)) != self._setup.source_sha256:
            path = self._folder / path.name
            path.write_bytes(self._setup.source)
        return spaces.find(str(path))

    def _backbone(self, backbones: Any) -> Any:
        """Select the pretrained weights, put down here where they came along."""
        handle = self._setup.backbone
        if self._setup.weights is None:
            try:
                backbones.kind_of(handle)
            except BackboneError:
                # A folder of the search's machine: only a prefix needs it, and that does not travel.
                return nullcontext()
            return backbones.use(handle)
        path = Path(handle)
        if not path.is_file():
            path = self._folder / path.name
            if not path.is_file():
                path.write_bytes(self._setup.weights)
        return backbones.use(str(path))


@dataclass(frozen=True)
class _Delivered:
    """The examples that came with a trial."""

    space: Any
    data: Any
    prepared: Any

    def prepare(self, hp: Any) -> Any:
        """The examples; what their prefix declares is in ``hp`` already."""
        del hp
        return self.prepared


class _Forwarder(SilentProgress):
    """Sends on what the search's own progress shall show."""

    def __init__(self, messages: "queue.SimpleQueue[tuple[Any, ...]]") -> None:
        self._messages = messages

    def note(self, message: str) -> None:
        """Send it."""
        self._messages.put(("note", message))

    def epoch(self, epoch: int, epochs: int, score: float, step: str = "") -> None:
        """Send it."""
        del step
        self._messages.put(("epoch", epoch, epochs, score))
