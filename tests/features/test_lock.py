"""The lock between processes (and threads)."""

import threading
import time
from pathlib import Path

import pytest

from tunebench.errors import RunFolderError
from tunebench.features.lock import locked


def test_one_at_a_time(tmp_path: Path) -> None:
    """Also when owners come and go and the file is removed under those who wait."""
    path = tmp_path / "x.lock"
    inside = 0
    most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with locked(path):
                inside += 1
                most = max(most, inside)
                time.sleep(0.0005)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert not path.exists()


def test_released_after_an_error(tmp_path: Path) -> None:
    """A failed extraction must not block the next."""
    path = tmp_path / "x.lock"
    before = _num_open_files()
    for _ in range(3):
        with pytest.raises(RuntimeError), locked(path):
            raise RuntimeError
    assert not path.exists()
    assert _num_open_files() == before


def _num_open_files() -> int:
    """On Linux; elsewhere 0."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_lock_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:
    """In a cache that users share, a lock that another left cannot be opened; a folder stands for it here."""
    path = tmp_path / "x.lock"
    path.mkdir()
    with (
        pytest.raises(RunFolderError, match=r"x\.lock cannot be locked: .*CACHE_DIR"),
        locked(path),
    ):
        pass


def test_file_left_by_a_dead_owner_does_not_block(tmp_path: Path) -> None:
    """The file stays after kill -9; the lock does not."""
    path = tmp_path / "x.lock"
    path.touch()
    with locked(path):
        assert path.exists()
