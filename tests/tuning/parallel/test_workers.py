"""Real workers on a real Ray: what they train, and what happens when they die."""

import itertools
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras_tuner
import psutil
import pytest

from tests.small import TINY_SPACE
from tests.tuning.parallel.processes import below, nothing_left
from tests.tuning.searches import prepare
from tunebench.errors import SearchError
from tunebench.features.preparation import Preparation
from tunebench.options import SearchOptions
from tunebench.progress import SilentProgress
from tunebench.records import TrialSeconds
from tunebench.tuning.executor import InProcessExecutor
from tunebench.tuning.parallel.ray_executor import RayExecutor
from tunebench.tuning.task import Finished, TrialOutcome, TrialTask

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Some values kill or stop the worker or raise an error; a file marks that this has happened.
TROUBLE = TINY_SPACE.replace(
    "    model = keras",
    """    import os, pathlib, time
    from tests.tuning.parallel.processes import trial_workers
    trouble = hp.Choice("trouble", ["none", "hangs once", "dies once", "memory once"])
    mark = pathlib.Path(MARKS, trouble)
    if not mark.exists():
        if trouble == "dies once":
            mark.touch()
            os.kill(os.getpid(), 9)
        if trouble == "hangs once":
            mark.touch()
            time.sleep(10_000)
        if trouble == "memory once":
            mark.touch()
            raise type("ResourceExhaustedError", (Exception,), {})
    elif trouble == "memory once":
        assert trial_workers() == [os.getpid()]
    model = keras""",
)
OPTIONS = SearchOptions(epochs=2, patience=None, workers=2)


class _Recorder(SilentProgress):
    """Records notes and epochs."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.epochs: list[tuple[str, int]] = []

    def note(self, message: str) -> None:
        self.notes.append(message)

    def epoch(self, epoch: int, epochs: int, value: float, step: str = "") -> None:
        del epochs, value
        self.epochs.append((step, epoch))


@pytest.fixture(scope="module")
def preparation(tmp_path_factory: pytest.TempPathFactory) -> Preparation:
    """The space with troubles, and digits."""
    folder = tmp_path_factory.mktemp("trouble")
    return prepare(folder, TROUBLE.replace("MARKS", repr(str(folder))))


@pytest.fixture(scope="module")
def progress() -> _Recorder:
    """Receives what the executor reports."""
    return _Recorder()


@pytest.fixture(scope="module")
def executor(preparation: Preparation, progress: _Recorder) -> Iterator[RayExecutor]:
    """Two workers on one Ray for all tests; when they end, nothing is left running."""
    with (
        nothing_left(),
        # On a busy machine a worker may take long for its first step.
        RayExecutor(preparation, OPTIONS, progress, hang_seconds=40) as executor,
    ):
        yield executor


def _task(number: int, trouble: str = "none", **options: Any) -> TrialTask:
    hp = keras_tuner.HyperParameters()
    hp.values = {"trouble": trouble}
    fields = {"name": f"trial {number}", "hyperparameters": hp, "seed": 1, "epochs": 2, **options}
    return TrialTask(trial_id=str(number), **fields)


def _run(executor: RayExecutor, tasks: list[TrialTask]) -> dict[str, Finished]:
    """Run tasks two at a time; the results by trial."""
    waiting, finished = iter(tasks), {}
    for task in itertools.islice(waiting, 2):
        executor.submit(task)
    for _ in tasks:
        result = executor.wait()
        finished[result.trial_id] = result
        for task in itertools.islice(waiting, 1):
            executor.submit(task)
    return finished


def _timeless(outcome: TrialOutcome) -> TrialOutcome:
    history = {name: values for name, values in outcome.history.items() if name != "seconds"}
    return replace(outcome, history=history, seconds=TrialSeconds())


def test_workers_train_as_the_search_itself_does(
    preparation: Preparation, progress: _Recorder, executor: RayExecutor, tmp_path: Path
) -> None:
    """A worker gets the same result as this process, also for a trial that continues another one's state."""
    here = InProcessExecutor(preparation, OPTIONS, SilentProgress())
    state = tmp_path / "state.npz"
    first = _run(executor, [_task(0, epochs=1, save_state=state), _task(1)])
    second = _task(2, first_epoch=1, load_state=state)
    outcomes = [first["1"].outcome, _run(executor, [second])["2"].outcome]
    expected = [here.run(task) for task in (_task(1), second)]
    assert [_timeless(each) for each in outcomes] == [_timeless(each) for each in expected]
    assert outcomes[1].epochs == 1
    assert "units" in first["0"].hyperparameters.values
    assert {each.worker for each in first.values()} <= {"ray-0", "ray-1"}
    assert {("trial 0", 1), ("trial 1", 1), ("trial 1", 2), ("trial 2", 2)} <= set(progress.epochs)


def test_lost_workers_are_replaced_and_their_trials_retried(
    progress: _Recorder, executor: RayExecutor
) -> None:
    """A trial whose worker died or hung is retried, and one that ran out of memory without other workers."""
    troubles = {"10": "hangs once", "11": "dies once", "12": "memory once", "13": "none"}
    finished = _run(executor, [_task(int(number), trouble) for number, trouble in troubles.items()])
    outcomes = {troubles[number]: each.outcome for number, each in finished.items()}
    for trouble, outcome in outcomes.items():
        assert outcome.status == "completed", (trouble, outcome.message)
    assert progress.notes[0] == "Starting 2 workers on Ray ..."
    notes = "\n".join(progress.notes)
    assert "no sign of life for 40 s. Trial 10 is retried" in notes
    # Any other may hang as well: on a busy machine its first step may take 40 s.
    assert notes.count("its process died (killed, out of memory, or crashed). Trial 11 is retried") == 1
    assert notes.count("Trial 12 ran out of memory. It is tried once more, alone") == 1
    assert [line for line in progress.notes if "Trial 13" in line and "no sign of life" not in line] == []


def test_the_end_of_ray_is_an_error(executor: RayExecutor) -> None:
    """When Ray's head dies, the search gets an error that says how to resume. Comes last: it ends Ray."""
    executor.submit(_task(20, epochs=100_000))
    heads = [each for each, line in below(psutil.Process()).items() if "/gcs_server " in line]
    assert len(heads) == 1
    os.kill(heads[0].pid, signal.SIGKILL)
    with pytest.raises(SearchError, match=r"Ray ended on this machine\. Finished trials are kept"):
        executor.wait()
