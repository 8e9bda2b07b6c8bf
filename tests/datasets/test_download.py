"""Keras' own CIFAR-10 loader against a real HTTP server on this machine."""

import functools
import hashlib
import http.server
import io
import socket
import tarfile
import threading
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import keras.src.backend.config as keras_config
import keras.src.datasets.cifar10 as keras_cifar10
import numpy as np
import pytest

from tests.datasets.official_layout import NAMES, pickled, write_layout
from tunebench.datasets import cifar10, keras_cache
from tunebench.errors import DataUnavailableError

CLOSED_PORT = "http://127.0.0.1:9"


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
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a server, and the folder that it serves."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/archive.tar.gz", folder
        server.shutdown()
        thread.join()


def expect(monkeypatch: pytest.MonkeyPatch, origin: str, content: bytes = b"official") -> None:
    """Give Keras' loader another address and the SHA-256 of another archive."""
    get_file, sha256 = keras_cifar10.get_file, hashlib.sha256(content).hexdigest()
    monkeypatch.setattr(
        keras_cifar10, "get_file", lambda **given: get_file(**given | {"origin": origin, "file_hash": sha256})
    )


def refusal(cache: Path) -> str:
    """The one-line message of a failed download, which leaves no data that would be read later."""
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


def test_downloads_once(
    site: tuple[str, Path], cache: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Keras completes an incomplete cache; later uses read it. Progress goes to standard error."""
    folder = write_layout(cache / "cifar-10-batches-py-target")
    (folder / "data_batch_1").unlink()
    assert not cifar10.locate().available

    origin, served = site
    (served / "archive.tar.gz").write_bytes(content := archive())
    expect(monkeypatch, origin, content)
    data = cifar10.load(None, 10_001, 10_000)
    assert (data.train.images[0].max(), data.train.images[-1].max()) == (0, 1)
    assert set(data.test.labels) == {5}
    output = capfd.readouterr()
    assert output.out == ""
    assert f"Downloading data from {origin}" in output.err

    (served / "archive.tar.gz").unlink()
    assert cifar10.locate().folder == folder
    assert len(cifar10.load(None, 1, 1).train) == 1


def test_an_altered_archive_is_refused(
    site: tuple[str, Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive with another SHA-256 than the official one is not unpacked."""
    origin, served = site
    (served / "archive.tar.gz").write_bytes(b"altered")
    expect(monkeypatch, origin)
    assert "hash does not match" in refusal(cache)


def test_a_missing_archive_is_one_line(
    site: tuple[str, Path], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 404 is reported."""
    expect(monkeypatch, site[0])
    assert "404" in refusal(cache)


def test_no_network_is_one_line(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that cannot be made is reported."""
    expect(monkeypatch, CLOSED_PORT)
    assert "refused" in refusal(cache)


def test_a_silent_server_is_one_line(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer in time is reported."""
    monkeypatch.setattr(keras_cache, "_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        expect(monkeypatch, f"http://127.0.0.1:{listening.getsockname()[1]}/")
        assert "timed out" in refusal(cache)


def test_an_unwritable_cache_is_one_line(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If Keras cannot write its cache, nothing is downloaded to another place."""
    expect(monkeypatch, CLOSED_PORT)
    cache.parent.write_text("not a folder")
    assert "refused" not in refusal(cache)


@pytest.mark.parametrize("inside", ["cifar-10-batches-py", "cifar-10-batches-py-target/cifar-10-batches-py"])
def test_a_complete_cache_needs_no_network(cache: Path, monkeypatch: pytest.MonkeyPatch, inside: str) -> None:
    """The folders of this and of older versions of Keras are read."""
    expect(monkeypatch, CLOSED_PORT)
    write_layout((cache / inside).parent)
    assert len(cifar10.load().train) == 20
