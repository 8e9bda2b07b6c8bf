"""Keras' own CIFAR-10 loader against a real HTTP server on this machine."""

import functools
import hashlib
import http.server
import io
import tarfile
import threading
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras.src.backend.config as keras_config
import keras.src.datasets.cifar10 as keras_cifar10
import numpy as np
import pytest

from tests.datasets.official_layout import NAMES, pickled, write_layout
from tunebench.datasets import cifar10
from tunebench.errors import DataUnavailableError


@dataclass
class Server:
    """The answers of the test server, and the requests it received."""

    url: str
    answer: bytes = b""
    status: int = 200
    content_length: int | None = None
    silent: threading.Event | None = None
    requests: list[str] = field(default_factory=list)


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
        self.send_header("Content-Length", str(self.state.content_length or len(self.state.answer)))
        self.end_headers()
        self.wfile.write(self.state.answer)

    def log_message(self, *_arguments: Any) -> None:
        """Keep standard error clean."""


@pytest.fixture(scope="module")
def archive() -> bytes:
    """An archive with as many images as the official one, which Keras requires; each is of one colour."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as tar:
        for number, name in enumerate((*cifar10.TRAIN_FILES, cifar10.TEST_FILE)):
            pixels = np.full((10_000, 3072), number, np.uint8)
            _add(tar, name, pickled({b"data": pixels, b"labels": [number] * 10_000}))
        _add(tar, cifar10.NAMES_FILE, pickled(NAMES))
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keras' folder of data sets, not yet made."""
    home = tmp_path / "keras"
    monkeypatch.setenv("KERAS_HOME", str(home))
    monkeypatch.setattr(keras_config, "_KERAS_DIR", str(home))  # Keras reads the variable at import
    return home / "datasets"


@pytest.fixture
def server(archive: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server in place of the official one; Keras expects the SHA-256 of ``archive``."""
    state = Server("", archive)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, state)) as httpd:
        state.url = f"http://127.0.0.1:{httpd.server_port}/cifar-10-python.tar.gz"
        get_file, sha256 = keras_cifar10.get_file, hashlib.sha256(archive).hexdigest()
        monkeypatch.setattr(
            keras_cifar10,
            "get_file",
            lambda **given: get_file(**{**given, "origin": state.url, "file_hash": sha256}),
        )
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield state
        if state.silent is not None:
            state.silent.set()
        httpd.shutdown()
        thread.join()


def test_downloads_once(server: Server, cache: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Keras completes an incomplete cache; later uses read it. Progress goes to standard error."""
    folder = write_layout(cache / "cifar-10-batches-py-target")
    (folder / "data_batch_1").unlink()
    assert not cifar10.locate().available

    data = cifar10.load(None, 10_001, 10_000)
    assert (data.train.images[0].max(), data.train.images[-1].max()) == (0, 1)
    assert set(data.test.labels) == {5}
    output = capfd.readouterr()
    assert output.out == ""
    assert server.url in output.err

    assert cifar10.locate().folder == folder
    assert len(cifar10.load(None, 1, 1).train) == 1
    assert len(server.requests) == 1


def refused(cache: Path) -> str:
    """The one-line message of a failed download, which leaves nothing that would be read later."""
    with pytest.raises(DataUnavailableError) as caught:
        cifar10.load()
    response = caught.value.__cause__ and caught.value.__cause__.__context__
    if isinstance(response, urllib.error.HTTPError):
        response.close()  # Keras leaves it open
    message = str(caught.value)
    assert message.startswith(f"Keras cannot load CIFAR-10 into {cache}: ")
    assert "\n" not in message
    assert message.endswith("or use --dataset digits.")
    assert not cifar10.locate().available
    return message


def test_an_altered_archive_is_refused(server: Server, cache: Path, archive: bytes) -> None:
    """An archive with another SHA-256 is not unpacked, and is downloaded again next time."""
    server.answer = archive[:-1] + b"?"
    assert "hash does not match" in refused(cache)
    refused(cache)
    assert len(server.requests) == 2


def test_a_missing_archive_is_one_line(server: Server, cache: Path) -> None:
    """A 404 is reported."""
    server.status = 404
    assert "404" in refused(cache)


def test_an_interrupted_download_is_one_line(server: Server, cache: Path, archive: bytes) -> None:
    """A connection that closes early is reported."""
    server.content_length = len(archive) + 100
    refused(cache)


def test_no_network_is_one_line(server: Server, cache: Path) -> None:
    """A connection that cannot be made is reported."""
    server.url = "http://127.0.0.1:9/"
    assert "refused" in refused(cache)


def test_a_silent_server_is_one_line(server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer in time is reported."""
    monkeypatch.setattr(cifar10, "_TIMEOUT_SECONDS", 0.2)
    server.silent = threading.Event()
    assert "timed out" in refused(cache)


def test_a_cache_that_cannot_be_made_is_one_line(server: Server, cache: Path) -> None:
    """If Keras cannot write its cache, nothing is downloaded to another place."""
    cache.parent.write_text("not a folder")
    refused(cache)
    assert server.requests == []


@pytest.mark.parametrize("inside", ["cifar-10-batches-py", "cifar-10-batches-py-target/cifar-10-batches-py"])
def test_a_complete_cache_needs_no_network(server: Server, cache: Path, inside: str) -> None:
    """The folders of this and of older versions of Keras are read."""
    write_layout((cache / inside).parent)
    assert len(cifar10.load().train) == 20
    assert server.requests == []
