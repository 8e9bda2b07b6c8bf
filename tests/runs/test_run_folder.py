"""The lock of a run's folder, and runs that are replaced."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tunebench import files
from tunebench.errors import RunFolderError
from tunebench.runs import run_folder
from tunebench.runs.run_folder import LEDGER, RECORD
from tunebench.runs.study_record import compare_command

OWNER = """
import sys, time
from pathlib import Path
from tunebench.runs import run_folder

with run_folder.owned(Path(sys.argv[1])):
    print("owned", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a finished run, to which the user has added a file."""
    folder = files.make_folder(run_folder.prepare(tmp_path, "digits", "tiny"))
    for name in (LEDGER, RECORD, "model-0.keras", "notes.txt"):
        (folder / name).write_text("earlier")
    return folder


def _contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name != ".set-aside"}


def test_a_folder_belongs_to_one_process_until_it_ends(folder: Path) -> None:
    """A second process is refused at once; after ``kill -9`` the folder is free again."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(folder)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "owned\n"
    with (
        pytest.raises(RunFolderError, match=r"Another tunebench process is using .* another --name"),
        run_folder.owned(folder),
    ):
        pass
    owner.kill()
    owner.communicate()
    with run_folder.owned(folder):
        pass


def test_what_a_killed_process_was_writing_is_deleted(folder: Path) -> None:
    """As soon as another owns the folder."""
    left = folder / ".writing-abc.json"
    left.write_text("")
    with run_folder.owned(folder):
        assert not left.exists()


def test_a_new_folder_without_content_does_not_stay(tmp_path: Path) -> None:
    """If a command is interrupted before it writes anything; a folder of before, or with a file, stays."""
    folder = run_folder.prepare(tmp_path, "digits", "new")
    with pytest.raises(KeyboardInterrupt), run_folder.owned(folder):
        raise KeyboardInterrupt
    assert [*folder.parent.iterdir()] == []
    folder.mkdir()
    with run_folder.owned(run_folder.prepare(tmp_path, "digits", "new")):
        pass
    with run_folder.owned(run_folder.prepare(tmp_path, "digits", "other")):
        files.append_durably(folder.with_name("other") / LEDGER, b"mine")
    assert {each.name for each in folder.parent.iterdir() if each.is_dir()} == {"new", "other"}


def test_a_folder_that_another_command_removed_is_made_again(tmp_path: Path) -> None:
    """Two commands found its place; the first one ended before it wrote anything."""
    first, second = (run_folder.prepare(tmp_path, "digits", "new") for _ in range(2))
    with run_folder.owned(first):
        pass
    with run_folder.owned(second):
        files.append_durably(second / LEDGER, b"mine")
    assert (second / LEDGER).exists()


@pytest.mark.parametrize("again", ["folder", "all"])
def test_nothing_is_written_to_a_folder_that_was_replaced(folder: Path, again: str) -> None:
    """If a folder was deleted and made again, or all runs were, the first owner does not write into it."""
    with run_folder.owned(folder):
        files.append_durably(folder / LEDGER, b"mine")
        # Kept, so that the new folder cannot get the same inode.
        (folder if again == "folder" else folder.parent).rename(folder.parents[1] / "moved")
        folder.mkdir(parents=True)
        for write in (files.append_durably, files.write_atomically):
            with pytest.raises(RunFolderError, match="was deleted or replaced while it was in use"):
                write(folder / LEDGER, b"also mine")
        assert _contents(folder) == {}
    files.append_durably(folder / LEDGER, b"another's")


def test_a_lock_that_cannot_be_opened_is_one_line(folder: Path) -> None:
    """A folder in its place is named."""
    folder.with_name(".tiny.lock").mkdir()
    with (
        pytest.raises(RunFolderError, match=r"\.tiny\.lock cannot be opened.*move away"),
        run_folder.owned(folder),
    ):
        pass


def test_a_run_is_replaced_when_the_new_one_is_complete(folder: Path) -> None:
    """Then what tunebench wrote is gone, and the user's file stays; until then, both are kept."""
    before = _contents(folder)
    for ledger in (b"interrupted", b"new"):
        with run_folder.owned(folder):
            run_folder.set_aside(folder)
            assert _contents(folder) == {}
            assert _contents(folder.with_name("tiny.old")) == before
            files.append_durably(folder / LEDGER, ledger)
        assert _contents(folder.with_name("tiny.old")) == before
    with run_folder.owned(folder):
        files.write_atomically(folder / RECORD, b"new")
    assert _contents(folder) == {LEDGER: "new\n", RECORD: "new", "notes.txt": "earlier"}
    assert not folder.with_name("tiny.old").exists()


def _replace(folder: Path) -> None:
    """Begin to replace the run, without a result."""
    with run_folder.owned(folder):
        run_folder.set_aside(folder)
        files.write_atomically(folder / run_folder.FINGERPRINT, b"new")


def test_a_run_comes_back_if_the_new_one_has_no_result(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its command ends, or, if that was killed, when the next one begins."""
    before = _contents(folder)
    _replace(folder)
    assert _contents(folder) == before
    with monkeypatch.context() as patch:
        patch.setattr(run_folder, "_settle", lambda _: None)
        _replace(folder)
    assert RECORD not in _contents(folder)
    with run_folder.owned(folder):
        assert _contents(folder) == before
    assert not folder.with_name("tiny.old").exists()


@pytest.mark.parametrize("kind", ["folder", "link", "file"])
def test_what_is_the_users_is_not_taken_for_a_run_that_was_set_aside(folder: Path, kind: str) -> None:
    """A backup of such a name stays; a run is not replaced while it is in the way."""
    old, other = folder.with_name("tiny.old"), folder.with_name("other")
    shutil.copytree(folder, other)
    if kind == "folder":
        shutil.copytree(folder, old)
    elif kind == "link":
        old.symlink_to(other)
    else:
        old.touch()
    before = _contents(folder)
    with run_folder.owned(folder), pytest.raises(RunFolderError, match=r"tiny\.old is in the way"):
        run_folder.set_aside(folder)
    assert _contents(folder) == _contents(other) == before
    assert kind == "file" or _contents(old) == before


def test_files_of_the_user_in_both_runs_are_kept(folder: Path) -> None:
    """Under another name, so that nothing stops the earlier run from coming back."""
    with run_folder.owned(folder):
        run_folder.set_aside(folder)
        (folder / "notes.txt").write_text("newer")
        (folder / "model-3.keras").mkdir()
    contents = {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}
    assert contents["notes.txt"] == "earlier"
    assert contents["notes.txt.old"] == "newer"
    assert (contents[RECORD], (folder / "model-3.keras").is_dir()) == ("earlier", True)


def test_a_link_has_the_lock_of_its_run(folder: Path) -> None:
    """Two commands cannot work in one folder by two names."""
    folder.with_name("alias").symlink_to("tiny")
    linked = run_folder.prepare(folder.parents[1], "digits", "alias")
    with (
        run_folder.owned(folder),
        pytest.raises(RunFolderError, match="Another tunebench process is using"),
        run_folder.owned(linked),
    ):
        pass


def test_what_a_killed_process_left_is_cleared(tmp_path: Path) -> None:
    """If a folder holds no result, files of tunebench go at once; files of the user stay."""
    folder = files.make_folder(run_folder.prepare(tmp_path, "digits", "tiny"))
    for name in (".writing-abc.keras", "timing.json", "notes.txt"):
        (folder / name).touch()
    run_folder.set_aside(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a\nb", "r\udce9", ".tiny", "tiny.old", "run.json", "trials.jsonl"]
)
def test_a_run_has_a_plain_name(tmp_path: Path, name: str) -> None:
    """The name becomes a folder and a line on a page, so paths and control characters are refused."""
    with pytest.raises(RunFolderError, match="cannot be called"):
        run_folder.prepare(tmp_path, "digits", name)


@pytest.mark.parametrize("name", ["-runs", "~runs"])
def test_a_suggested_command_can_name_any_runs_folder(name: str) -> None:
    """Its folder is neither taken for an option nor for a home folder."""
    folder = Path(name) / "digits" / "tiny"
    assert run_folder.runs_dir_option(folder, "digits") == ["--runs-dir", f"./{name}"]
    assert compare_command(folder)[2] == f"./{name}/digits/tiny"
