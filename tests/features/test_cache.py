"""The feature cache: never a wrong array, computed once, within its limit."""

import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.features.computation import ROWS, Computation
from tunebench.errors import RunFolderError
from tunebench.features import FeatureCache


def test_computed_once_then_read(cache: FeatureCache) -> None:
    """The whole point."""
    compute = Computation()
    first = cache.get_or_compute("a", 6, compute)
    again = FeatureCache(cache.folder).get_or_compute("a", 6, compute)
    assert compute.times == 1
    assert (first.was_there, again.was_there) == (False, True)
    assert np.array_equal(first.array, ROWS)
    assert np.array_equal(again.array, ROWS)
    assert again.seconds == first.seconds
    assert sorted(path.name for path in cache.folder.iterdir()) == ["a.json", "a.npy"]
    assert np.array_equal(np.load(cache.folder / "a.npy", allow_pickle=False), ROWS)


@pytest.mark.parametrize("rows", [ROWS[:1], ROWS.reshape(3, 2, 2), np.zeros((5, 2, 3, 4), np.float32)])
def test_shapes(cache: FeatureCache, rows: NDArray[np.float32]) -> None:
    """Vectors, maps, one image."""
    found = cache.get_or_compute("a", len(rows), Computation(rows))
    assert np.array_equal(found.array, rows)
    assert found.array.shape == rows.shape


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(data=st.data())
def test_any_damage_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    """A flipped bit, a cut or an addition anywhere would give wrong features, or a wrong training time."""
    cache = FeatureCache(tmp_path / "features")
    expected = cache.get_or_compute("a", 6, Computation())
    path = cache.folder / data.draw(st.sampled_from(["a.npy", "a.json"]))
    content = bytearray(path.read_bytes())
    position = int(len(content) * data.draw(st.floats(0, 1, exclude_max=True)))
    damage = data.draw(st.sampled_from(["flip", "cut", "append"]))
    if damage == "flip":
        content[position] ^= 1 << data.draw(st.integers(0, 7))
    elif damage == "cut":
        del content[position:]
    else:
        content += b"x"
    path.write_bytes(content)
    compute = Computation()
    found = FeatureCache(cache.folder).get_or_compute("a", 6, compute)
    assert np.array_equal(found.array, ROWS)
    if compute.times == 0:
        assert found.seconds == expected.seconds


def test_damage_is_said_and_mended(cache: FeatureCache, caplog: pytest.LogCaptureFixture) -> None:
    """A user whose disk fails should hear of it; and the next run must find a sound array."""
    cache.get_or_compute("a", 6, Computation())
    path = cache.folder / "a.npy"
    path.write_bytes(path.read_bytes()[:-1])
    compute = Computation()
    with caplog.at_level(logging.WARNING):
        cache.get_or_compute("a", 6, compute)
    assert compute.times == 1
    # Once, though it is read again when the lock is held.
    (message,) = caplog.messages
    assert str(path) in message
    assert "computed again" in message
    assert FeatureCache(cache.folder).get_or_compute("a", 6, compute).was_there


def test_damage_after_the_first_reading(cache: FeatureCache) -> None:
    """The check is skipped for a file that this process has checked; not if the file changed since."""
    cache.get_or_compute("a", 6, Computation())
    assert cache.get_or_compute("a", 6, Computation()).was_there
    content = bytearray((cache.folder / "a.npy").read_bytes())
    content[-1] ^= 1
    time.sleep(0.01)
    (cache.folder / "a.npy").write_bytes(content)
    assert not cache.get_or_compute("a", 6, Computation()).was_there


def test_foreign_length_is_not_taken(cache: FeatureCache) -> None:
    """An array of another length would be trained with labels that do not belong to it."""
    cache.get_or_compute("a", 6, Computation())
    found = cache.get_or_compute("a", 5, Computation(ROWS[:5]))
    assert np.array_equal(found.array, ROWS[:5])


def test_pickled_array_is_not_loaded(cache: FeatureCache) -> None:
    """Loading a pickle runs what it says: whoever can write the cache could run code."""
    cache.get_or_compute("a", 6, Computation())
    np.save(cache.folder / "a.npy", np.array([object()] * 6), allow_pickle=True)
    assert np.array_equal(cache.get_or_compute("a", 6, Computation()).array, ROWS)


def test_interrupted_computation_leaves_nothing(cache: FeatureCache) -> None:
    """Half an array must never count."""

    def interrupted() -> Iterator[NDArray[np.float32]]:
        yield ROWS[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.get_or_compute("a", 6, interrupted)
    assert list(cache.folder.iterdir()) == []
    with pytest.raises(ValueError, match="Expected 6 rows, but got 2"):
        cache.get_or_compute("a", 6, lambda: [ROWS[:2]])
    assert list(cache.folder.iterdir()) == []


KILLED = """
import sys, time
import numpy as np
from pathlib import Path
from tunebench.features import FeatureCache

def compute():
    yield np.zeros((2, 2), np.float32)
    print("computing", flush=True)
    time.sleep(60)

FeatureCache(Path(sys.argv[1])).get_or_compute("a", 6, compute)
"""


def test_killed_owner_neither_blocks_nor_leaves_a_wrong_array(cache: FeatureCache) -> None:
    """After kill -9, the next run must neither wait for ever nor read what was half written."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(cache.folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "computing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    left_over = list(cache.folder.glob(".writing-*"))
    assert len(left_over) == 1
    found = cache.get_or_compute("a", 6, Computation())
    assert np.array_equal(found.array, ROWS)
    # It may belong to a living process until it has not grown for an hour.
    assert left_over[0].exists()
    os.utime(left_over[0], (0, 0))
    cache.get_or_compute("b", 6, Computation())
    assert not left_over[0].exists()


def _compute_slowly(folder: Path, log: Path, start: Any) -> None:
    def compute() -> Iterator[NDArray[np.float32]]:
        with log.open("a") as file:
            file.write(f"{os.getpid()}\n")
        time.sleep(0.3)
        yield ROWS

    start.wait()
    found = FeatureCache(folder).get_or_compute("a", 6, compute)
    assert np.array_equal(found.array, ROWS)


def test_processes_compute_once(cache: FeatureCache, tmp_path: Path) -> None:
    """Four workers that need the same features would each spend the minutes."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(4)
    log = tmp_path / "log"
    workers = [context.Process(target=_compute_slowly, args=(cache.folder, log, start)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert len(log.read_text().splitlines()) == 1
    assert not list(cache.folder.glob("*.lock"))


def test_clear(cache: FeatureCache) -> None:
    """A user who wants the space back."""
    cache.get_or_compute("a", 6, Computation())
    cache.clear()
    assert list(cache.folder.iterdir()) == []
    assert cache.usage().size_bytes == 0


def test_usage_of_a_folder_that_does_not_exist(cache: FeatureCache) -> None:
    """``tunebench doctor`` on a new machine."""
    assert cache.usage().num_arrays == 0
    assert not cache.folder.exists()


def test_default_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Features in the working folder would surprise, and not be found from another one."""
    assert FeatureCache().folder == Path(os.environ["TUNEBENCH_CACHE_DIR"]) / "features"
    monkeypatch.delenv("TUNEBENCH_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert FeatureCache().folder == tmp_path / "tunebench" / "features"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert FeatureCache().folder == tmp_path / ".cache" / "tunebench" / "features"


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """One line, not a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="cannot be created"):
        FeatureCache(tmp_path / "file" / "features").get_or_compute("a", 6, Computation())


def test_disk_that_takes_no_more(cache: FeatureCache) -> None:
    """Writing through a memory map would kill the process; a write gives an error that can be told."""
    resource = pytest.importorskip("resource", reason="needs limits on file sizes")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(RunFolderError, match="cannot be written: File too large"):
            cache.get_or_compute("a", 6, Computation())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(cache.folder.iterdir()) == []
