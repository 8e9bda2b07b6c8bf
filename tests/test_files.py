"""Writing files."""

import errno
from pathlib import Path

import pytest

from tunebench.errors import RunFolderError
from tunebench.files import append_durably, make_folder, replace_atomically, write_atomically


def test_a_failed_write_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    """A full disk in the middle of run.json would otherwise cost the run that was there."""
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
    """A report that only its author can read is no report."""
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    write_atomically(tmp_path / "report.html", b"")
    assert (tmp_path / "report.html").stat().st_mode == ordinary.stat().st_mode


def test_lines_are_appended_whole(tmp_path: Path) -> None:
    """The ledger is read by lines."""
    append_durably(tmp_path / "ledger", b"one")
    append_durably(tmp_path / "ledger", b"two")
    assert (tmp_path / "ledger").read_bytes() == b"one\ntwo\n"


def test_a_file_in_the_way_of_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    """Naming a file as the runs folder must not end in a traceback."""
    (tmp_path / "runs").touch()
    with pytest.raises(RunFolderError, match=r"cannot be created: .* Choose another"):
        make_folder(tmp_path / "runs" / "digits")


def test_appending_to_a_folder_is_one_clear_line(tmp_path: Path) -> None:
    """The same for a folder where the ledger should be."""
    with pytest.raises(RunFolderError, match="cannot be written"):
        append_durably(tmp_path, b"")
