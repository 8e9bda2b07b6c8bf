"""Real workers on a real Ray: what they train, and what happens when they die."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras_tuner
import psutil
import pytest

from tests.small import TINY_SPACE
from tests.tuning.searches import SETTINGS, ledger, prepare, search
from tunebench.errors import SearchError
from tunebench.progress import SilentProgress
from tunebench.tuning.parallel.ray_executor import RayExecutor
from tunebench.tuning.task import Training, TrialTask

if TYPE_CHECKING:
    from tunebench.tuning.task import Finished

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

# Does, for some values, what no model should do; a file marks that it was done.
TROUBLE = TINY_SPACE.replace(
    "    model = keras",
    """    import os, pathlib, time
    marks = pathlib.Path(MARKS)
    trouble = hp.Choice("trouble", ["none", "dies once", "hangs once", "always dies", "memory"])
    mark = marks / trouble.replace(" ", "-")
    if not mark.exists():
        if trouble.endswith("once"):
            mark.touch()
        if "dies" in trouble:
            os.kill(os.getpid(), 9)
        if "hangs" in trouble:
            time.sleep(10_000)
    if trouble == "memory":
        bytearray(10**15)
    model = keras""",
)


class _Notes(SilentProgress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.epochs: list[tuple[str, int]] = []

    def note(self, message: str) -> None:
        self.notes.append(message)

    def epoch(self, epoch: int, epochs: int, score: float, step: str = "") -> None:
        del epochs, score
        self.epochs.append((step, epoch))


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """Whatever a test does, no process of Ray stays behind."""
    # Other tests of this process may keep a browser.
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) - before == set()


def _task(number: int, **values: Any) -> TrialTask:
    hp = keras_tuner.HyperParameters()
    hp.values = values
    return TrialTask(trial_id=str(number), name=f"trial {number}", hyperparameters=hp, seed=number, epochs=2)


# Two nodes of one processor core each, both on this machine.
CLUSTER = """
import pathlib, sys, tempfile
from ray.cluster_utils import Cluster
pathlib.Path("/tmp/ray").mkdir(exist_ok=True)  # where it notes its address
with tempfile.TemporaryDirectory(dir="/tmp") as folder:
    cluster = Cluster(True, head_node_args={"num_cpus": 1, "include_dashboard": False, "temp_dir": folder})
    cluster.add_node(num_cpus=1)
    print(cluster.address, flush=True)
    sys.stdin.read()
    cluster.shutdown()
"""


@contextlib.contextmanager
def _cluster() -> Iterator[str]:
    """A cluster of two nodes; its address."""
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate()


def test_two_workers_and_a_cluster_find_what_one_finds(tmp_path: Path) -> None:
    """Scores would depend on where and beside what a trial was trained."""
    preparation, settings = prepare(tmp_path), replace(SETTINGS, trials=4, epochs=3)
    search(preparation, tmp_path / "one", settings)
    search(preparation, tmp_path / "two", replace(settings, workers=2))
    with _cluster() as address:
        search(preparation, tmp_path / "cluster", replace(settings, cluster=address))
    one, two, cluster = (_by_id(ledger(tmp_path / name)) for name in ("one", "two", "cluster"))
    assert [fields.pop("worker") for fields in one] == ["main"] * 4
    for several in (two, cluster):
        assert {fields.pop("worker") for fields in several} == {"ray-0", "ray-1"}
        assert several == one


def test_an_address_where_nobody_listens_is_refused(tmp_path: Path) -> None:
    """Ray tries for minutes."""
    with pytest.raises(SearchError, match=r"no Ray cluster to be reached at '127.0.0.1:9'.*refused"):
        search(prepare(tmp_path), tmp_path / "run", replace(SETTINGS, cluster="127.0.0.1:9"))


def _by_id(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(records, key=lambda fields: str(fields["trial_id"]))


def test_promoted_trials_go_on_from_states_that_travelled(tmp_path: Path) -> None:
    """Without a shared folder each promoted trial would train again what its parent had trained."""
    preparation = prepare(tmp_path)
    search(
        preparation, tmp_path / "run", replace(SETTINGS, trials=None, tuner="hyperband", epochs=3, workers=2)
    )
    records = _by_id(ledger(tmp_path / "run"))
    promoted = [fields for fields in records if "tuner/trial_id" in fields["hyperparameters"]]
    assert promoted
    # Of three epochs, two of its own.
    assert [fields["epochs"] for fields in promoted] == [2] * len(promoted)
    assert not list((tmp_path / "run" / "tuner").glob("state-*"))
    with pytest.raises(SearchError, match="workers: 2 then, 1 now"):
        search(preparation, tmp_path / "run", replace(SETTINGS, trials=None, tuner="hyperband", epochs=3))


def test_workers_that_die_or_hang_are_replaced_and_their_trials_given_again(tmp_path: Path) -> None:
    """One bad trial would end the search or stop it for ever."""
    preparation = prepare(tmp_path, TROUBLE.replace("MARKS", repr(str(tmp_path))))
    heard = _Notes()
    training = Training(epochs=2, patience=None)
    troubles = ["dies once", "hangs once", "memory", "always dies", "none"]
    finished: dict[str, Finished] = {}
    with RayExecutor(preparation, training, heard, workers=2, hang_seconds=12) as executor:
        assert executor.workers == 2
        waiting = [_task(number, trouble=trouble) for number, trouble in enumerate(troubles)]
        for _ in range(2):
            executor.submit(waiting.pop(0))
        while len(finished) < len(troubles):
            each = executor.wait()
            finished[each.hyperparameters.values["trouble"]] = each
            if waiting:
                executor.submit(waiting.pop(0))
    for trouble in ("dies once", "hangs once", "none"):
        assert finished[trouble].outcome.status == "completed"
        assert finished[trouble].outcome.score is not None
    assert finished["memory"].outcome.status == "failed"
    assert "MemoryError" in str(finished["memory"].outcome.message)
    assert finished["always dies"].outcome.status == "failed"
    assert "its worker was lost 3 times" in str(finished["always dies"].outcome.message)
    given_again = [note for note in heard.notes if "is given again" in note]
    # Once, once, and twice before it failed.
    assert len(given_again) == 4
    assert any("no sign of life" in note for note in given_again)
    assert {("trial 0", 1), ("trial 0", 2), ("trial 4", 2)} <= set(heard.epochs)


def test_a_search_whose_ray_ends_says_so_and_goes_on_later(tmp_path: Path) -> None:
    """Ray ends the process that uses it when its head dies: without a word, and with what was under way."""
    preparation = prepare(tmp_path)
    settings = replace(SETTINGS, trials=4)

    class KillsTheHead(SilentProgress):
        """Kills Ray's head when the first trial has ended."""

        killed = False

        def finish(self, result: str, best: float | None, step: str = "") -> None:
            del result, best, step
            for process in psutil.Process().children(recursive=True):
                if process.name() == "gcs_server" and not self.killed:
                    os.kill(process.pid, signal.SIGKILL)
                    self.killed = True

    with pytest.raises(SearchError, match=r"Ray ended .*What was finished is kept"):
        search(preparation, tmp_path / "run", replace(settings, trials=200, workers=2), KillsTheHead())
    kept = _by_id(ledger(tmp_path / "run"))
    assert kept
    search(preparation, tmp_path / "run", replace(settings, trials=len(kept)))
    assert _by_id(ledger(tmp_path / "run")) == kept
