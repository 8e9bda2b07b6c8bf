"""Downloading from a real server on this machine: whole, broken, silent, hostile."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.datasets.official_layout import archive_of, write_layout
from tunebench.datasets import cifar10
from tunebench.datasets.download import download, unpack
from tunebench.errors import DamagedDataError, DataUnavailableError


@dataclass
class Server:
    """What the test server answers, and how often it was asked."""

    url: str
    answer: bytes = b""
    status: int = 200
    promised: int | None = None
    silent: threading.Event | None = None
    requests: list[str] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """Of the answer."""
        return hashlib.sha256(self.answer).hexdigest()


class _Handler(http.server.BaseHTTPRequestHandler):
    def __init__(self, state: Server, *arguments: Any) -> None:
        self.state = state
        super().__init__(*arguments)

    def do_GET(self) -> None:
        """Answer as the test has set it."""
        self.state.requests.append(self.path)
        if self.state.silent is not None:
            self.state.silent.wait(20)
            return
        self.send_response(self.state.status)
        self.send_header("Content-Length", str(self.state.promised or len(self.state.answer)))
        self.end_headers()
        self.wfile.write(self.state.answer)

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    """A server on a free port of this machine."""
    state = Server("")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, state)) as httpd:
        state.url = f"http://127.0.0.1:{httpd.server_port}/cifar-10-python.tar.gz"
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield state
        if state.silent is not None:
            state.silent.set()
        httpd.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty user cache; the path of its folder of data sets, which is not there yet."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def archive(tmp_path: Path) -> bytes:
    """A small archive in the official layout."""
    return archive_of(write_layout(tmp_path / "original"))


def test_downloads_once(
    server: Server, cache: Path, archive: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    """The first use would fail, or each use download again, or progress end up among the results."""
    server.answer = archive
    data = cifar10.load(origin=server.url, sha256=server.sha256)
    assert (len(data.train), len(data.test)) == (20, 4)
    assert cifar10.locate().folder == cache / "cifar-10-batches-py"
    assert cifar10.load(origin=server.url, sha256=server.sha256).sha256 == data.sha256
    assert len(server.requests) == 1
    output = capfd.readouterr()
    assert output.out == ""
    assert server.url in output.err


def test_a_whole_archive_in_the_cache_is_not_downloaded_again(
    server: Server, cache: Path, archive: bytes
) -> None:
    """A kill while unpacking would cost another 170 MB."""
    server.answer = archive
    cache.mkdir(parents=True)
    (cache / "cifar-10-batches-py-target_archive").write_bytes(archive)
    assert len(cifar10.load(origin=server.url, sha256=server.sha256).train) == 20
    assert server.requests == []


def test_a_partial_archive_in_the_cache_is_downloaded_again(
    server: Server, cache: Path, archive: bytes
) -> None:
    """A kill while downloading would make the data set unusable."""
    server.answer = archive
    cache.mkdir(parents=True)
    (cache / "cifar-10-batches-py-target_archive").write_bytes(archive[:100])
    assert len(cifar10.load(origin=server.url, sha256=server.sha256).train) == 20
    assert len(server.requests) == 1


def assert_unavailable(server: Server, cache: Path, sha256: str, reason: str) -> None:
    """One line with the reason and the ways out, nothing half-done left behind, and the next try succeeds."""
    with pytest.raises(DataUnavailableError, match=reason) as caught:
        cifar10.load(origin=server.url, sha256=sha256)
    message = str(caught.value)
    assert "\n" not in message
    assert "--data-dir" in message
    assert "--dataset digits" in message
    assert list(cache.iterdir()) == []


def test_another_file_than_the_official_one(server: Server, cache: Path, archive: bytes) -> None:
    """An altered archive would be used."""
    server.answer = archive + b"altered"
    assert_unavailable(server, cache, hashlib.sha256(archive).hexdigest(), "hash does not match")
    server.answer = archive
    assert len(cifar10.load(origin=server.url, sha256=server.sha256).train) == 20


def test_the_file_is_not_there(server: Server, cache: Path) -> None:
    """The page of a 404 would be taken for the archive, or a traceback shown."""
    server.status = 404
    assert_unavailable(server, cache, server.sha256, "404")


def test_the_download_breaks_off(server: Server, cache: Path, archive: bytes) -> None:
    """Half an archive would be used."""
    server.answer, server.promised = archive[:-100], len(archive)
    assert_unavailable(server, cache, hashlib.sha256(archive).hexdigest(), "cannot be downloaded")


def test_nobody_answers(server: Server, cache: Path) -> None:
    """Without a network the user would see a traceback."""
    server.url = "http://127.0.0.1:9/nobody-listens"
    assert_unavailable(server, cache, server.sha256, "refused")


def test_a_silent_server_is_given_up(server: Server, tmp_path: Path) -> None:
    """The program would wait for ever."""
    server.silent = threading.Event()
    with pytest.raises(DataUnavailableError, match="timed out"):
        download(server.url, sha256="0" * 64, folder=tmp_path, file_name="archive", silence_seconds=0.2)


def test_a_folder_that_cannot_be_made(server: Server, tmp_path: Path) -> None:
    """Keras would quietly download to /tmp instead."""
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataUnavailableError, match="cannot be downloaded to"):
        download(server.url, sha256="0" * 64, folder=tmp_path / "file" / "datasets", file_name="archive")
    assert server.requests == []


MEMBERS = ["data/a", "data/b"]


def tar_of(members: dict[str, bytes | str]) -> bytes:
    """A tar file of files (bytes) and symbolic links (text)."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            if isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
                tar.addfile(member)
            else:
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def test_only_known_members_are_unpacked(tmp_path: Path) -> None:
    """A member outside its folder would overwrite the user's files."""
    inside = tmp_path / "inside"
    inside.mkdir()
    members: dict[str, bytes | str] = {
        "data/a": b"1",
        "../evil": b"2",
        str(tmp_path / "evil"): b"3",
        "data/b": b"4",
        "data/link": "/etc/passwd",
    }
    (inside / "archive").write_bytes(tar_of(members))
    folder = unpack(inside / "archive", MEMBERS, inside / "new")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"1", "b": b"4"}
    assert {path.name for path in inside.iterdir()} == {"archive", "new"}
    assert list(tmp_path.iterdir()) == [inside]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no tar file", id="no archive"),
        pytest.param(tar_of({"data/a": b"1"}), id="a member missing"),
        pytest.param(tar_of({"data/a": b"1", "data/b": "/etc/passwd"}), id="a link for a member"),
        pytest.param(tar_of({"data/a": b"1", "data/b": bytes(100_000)})[:-30], id="the end missing"),
        pytest.param(tar_of({"data/a": b"1", "data/b": b"2"})[:40] + bytes(100), id="zeros for the rest"),
    ],
)
def test_a_wrong_archive_leaves_nothing_behind(tmp_path: Path, content: bytes) -> None:
    """A half-unpacked folder would be taken for the data set ever after."""
    (tmp_path / "archive").write_bytes(content)
    with pytest.raises(DamagedDataError, match="not the archive") as caught:
        unpack(tmp_path / "archive", MEMBERS, tmp_path / "new")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]


def test_a_folder_that_is_there_already_is_kept(tmp_path: Path) -> None:
    """Two programs that start at once would fail or spoil each other's files."""
    (tmp_path / "archive").write_bytes(tar_of({"data/a": b"1", "data/b": b"2"}))
    for _ in range(2):
        assert (unpack(tmp_path / "archive", MEMBERS, tmp_path / "new") / "b").read_bytes() == b"2"


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    """A traceback would be shown, or the user's file be replaced."""
    (tmp_path / "archive").write_bytes(tar_of({"data/a": b"1", "data/b": b"2"}))
    (tmp_path / "new").write_text("the user's")
    with pytest.raises(DataUnavailableError, match="cannot be unpacked"):
        unpack(tmp_path / "archive", MEMBERS, tmp_path / "new")
    assert (tmp_path / "new").read_text() == "the user's"
