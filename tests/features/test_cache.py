"""The feature cache: arrays are intact, computed once and within the size limit."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.features.computation import ROWS, Computation
from tunebench.errors import RunFolderError
from tunebench.features import FeatureCache


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], np.zeros((5, 2, 3, 4), np.float32)])
def test_an_array_is_computed_once_and_then_read(cache: FeatureCache, rows: NDArray[np.float32]) -> None:
    """The second call reads the same array and reports the seconds of the first."""
    compute = Computation(rows)
    first = cache.get_or_compute("a", len(rows), compute)
    again = FeatureCache(cache.folder).get_or_compute("a", len(rows), compute)
    assert compute.times == 1
    assert (first.from_cache, again.from_cache) == (False, True)
    assert again.seconds == first.seconds > 0
    for found in (first, again):
        assert np.array_equal(found.array, rows)
        assert not found.array.flags.writeable
    assert sorted(path.name for path in cache.folder.iterdir()) == ["a.json", "a.npy"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(data=st.data())
def test_any_damage_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    """A changed bit, a missing end or extra bytes never give another array or other seconds."""
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


def test_a_damaged_array_is_reported_once_and_replaced(
    cache: FeatureCache, caplog: pytest.LogCaptureFixture
) -> None:
    """The warning names the file; the array is then intact again."""
    cache.get_or_compute("a", 6, Computation())
    assert cache.get_or_compute("a", 6, Computation()).from_cache
    content = bytearray((cache.folder / "a.npy").read_bytes())
    content[-1] ^= 1
    time.sleep(0.01)
    (cache.folder / "a.npy").write_bytes(content)
    # Also in a process that has checked the file before.
    assert not cache.get_or_compute("a", 6, Computation()).from_cache
    (message,) = caplog.messages
    assert "a.npy is damaged (its checksum differs); it is computed again" in message
    assert FeatureCache(cache.folder).get_or_compute("a", 6, Computation()).from_cache


def test_a_pickled_array_is_not_loaded(cache: FeatureCache) -> None:
    """A file with pickled objects counts as damaged, because loading it can run code."""
    cache.get_or_compute("a", 6, Computation())
    np.save(cache.folder / "a.npy", np.array([object()] * 6), allow_pickle=True)
    assert np.array_equal(cache.get_or_compute("a", 6, Computation()).array, ROWS)


def test_an_interrupted_computation_leaves_no_file(cache: FeatureCache) -> None:
    """Only complete arrays are kept."""

    def interrupted() -> Iterator[NDArray[np.float32]]:
        yield ROWS[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.get_or_compute("a", 6, interrupted)
    with pytest.raises(ValueError, match="Expected 6 rows, but got 2"):
        cache.get_or_compute("a", 6, lambda: [ROWS[:2]])
    assert list(cache.folder.iterdir()) == []


OWNER = """
import sys
from pathlib import Path
from tests.features.computation import ROWS
from tunebench.features import FeatureCache

def compute():
    yield ROWS[:2]
    print("computing", flush=True)
    sys.stdin.readline()
    yield ROWS[2:]

FeatureCache(Path(sys.argv[1])).get_or_compute("a", 6, compute)
"""


@pytest.mark.parametrize("killed", [False, True])
def test_a_second_process_waits(cache: FeatureCache, *, killed: bool) -> None:
    """It reads what the first one computed, or computes the array itself if the first was killed."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(cache.folder)],
        cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "computing\n"
    compute = Computation()
    waiting = threading.Thread(target=lambda: cache.get_or_compute("a", 6, compute))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    if killed:
        owner.kill()
    owner.communicate("\n")
    waiting.join()
    assert compute.times == int(killed)
    assert np.array_equal(cache.get_or_compute("a", 6, Computation()).array, ROWS)
    assert not list(cache.folder.glob("*.lock"))
    left = list(cache.folder.glob(".writing-*"))
    assert len(left) == int(killed)
    # An unfinished file is removed if it has not grown for an hour.
    for path in left:
        os.utime(path, (0, 0))
    cache.get_or_compute("b", 6, Computation())
    assert not list(cache.folder.glob(".writing-*"))


def test_a_scratch_array_leaves_no_file(cache: FeatureCache) -> None:
    """It stays readable, is not counted, and is gone with the last use."""
    found = cache.scratch(6, np.array_split(ROWS, 3))
    assert isinstance(found, np.memmap)
    assert np.array_equal(found, ROWS)
    assert not found.flags.writeable
    with pytest.raises(ValueError, match="Expected 7 rows, but got 6"):
        cache.scratch(7, [ROWS])
    assert list(cache.folder.iterdir()) == []


def _age(cache: FeatureCache, key: str, seconds: float) -> None:
    os.utime(cache.folder / f"{key}.json", (time.time() - seconds,) * 2)


def test_the_least_recently_used_arrays_are_removed(tmp_path: Path) -> None:
    """Above the limit the oldest go first; reading an array makes it the newest."""
    cache = FeatureCache(tmp_path, limit_bytes=3 * (128 + ROWS.nbytes))
    for age, key in ((500, "a"), (400, "b"), (300, "c")):
        cache.get_or_compute(key, 6, Computation())
        _age(cache, key, age)
    assert cache.get_or_compute("a", 6, Computation()).from_cache
    cache.get_or_compute("d", 6, Computation())
    for suffix in ("npy", "json"):
        assert sorted(path.stem for path in tmp_path.glob(f"*.{suffix}")) == ["a", "c", "d"]
    assert cache.usage().num_arrays == 3
    assert cache.usage().size_bytes == cache.limit_bytes


def test_arrays_in_use_stay(tmp_path: Path) -> None:
    """The newest arrays exceed the limit rather than disappear, and an open array stays readable."""
    cache = FeatureCache(tmp_path, limit_bytes=1)
    opened = cache.get_or_compute("a", 6, Computation())
    cache.get_or_compute("b", 6, Computation())
    assert cache.usage().num_arrays == 2
    _age(cache, "a", 100)
    cache.get_or_compute("c", 6, Computation())
    assert sorted(path.stem for path in tmp_path.glob("*.npy")) == ["b", "c"]
    assert np.array_equal(opened.array, ROWS)


def test_usage_of_a_folder_that_does_not_exist(cache: FeatureCache) -> None:
    """It is empty, and is not created."""
    assert cache.usage().num_arrays == 0
    assert not cache.folder.exists()


def test_the_default_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """``TUNEBENCH_CACHE_DIR`` comes first, then ``XDG_CACHE_HOME``, then the home folder."""
    assert FeatureCache().folder == Path(os.environ["TUNEBENCH_CACHE_DIR"]) / "features"
    monkeypatch.delenv("TUNEBENCH_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert FeatureCache().folder == tmp_path / "tunebench" / "features"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert FeatureCache().folder == tmp_path / ".cache" / "tunebench" / "features"


def test_a_folder_that_cannot_be_created(tmp_path: Path) -> None:
    """The error is one line."""
    (tmp_path / "file").touch()
    with pytest.raises(RunFolderError, match="cannot be created"):
        FeatureCache(tmp_path / "file" / "features").get_or_compute("a", 6, Computation())


def test_a_full_disk(cache: FeatureCache) -> None:
    """The error is one line and no file is left; a limit on file sizes stands in for the full disk."""
    resource = pytest.importorskip("resource", reason="needs limits on file sizes")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(RunFolderError, match="cannot be written: File too large"):
            cache.get_or_compute("a", 6, Computation())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(cache.folder.iterdir()) == []
