"""Files are written completely or not at all."""

import errno
from pathlib import Path

import pytest

from tunebench.errors import RunFolderError
from tunebench.files import append_durably, replace_atomically, write_atomically


def test_a_failed_write_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    """A write that fails in the middle changes nothing and leaves no temporary file."""
    path = tmp_path / "run.json"
    write_atomically(path, b"old")

    def fail(temporary: Path) -> None:
        temporary.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RunFolderError, match=r"run\.json cannot be written: No space left on device"):
        replace_atomically(path, fail)
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["run.json"]


def test_a_written_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    """Others may read a report as they may read any new file."""
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    write_atomically(tmp_path / "report.html", b"")
    assert (tmp_path / "report.html").stat().st_mode == ordinary.stat().st_mode


def test_lines_are_appended(tmp_path: Path) -> None:
    """Each line ends with a line break."""
    append_durably(tmp_path / "ledger", b"one")
    append_durably(tmp_path / "ledger", b"two")
    assert (tmp_path / "ledger").read_bytes() == b"one\ntwo\n"
