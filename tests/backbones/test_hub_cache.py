"""TF Hub URLs are downloaded once, and failures are one-line errors."""

import io
import os
import shutil
import socket
import tarfile
from pathlib import Path

import numpy as np
import pytest

from tests.backbones.conftest import HubServer
from tests.eager import call
from tunebench import backbones
from tunebench.backbones import hub_cache, saved_model
from tunebench.backbones.handles import hub_folder
from tunebench.errors import BackboneError

# tensorflow-hub leaves the connection open when it refuses an archive.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)

IMAGES = np.random.default_rng(0).uniform(size=(3, 8, 8, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cache folder of the user's, and no proxy."""
    for name in ("TFHUB_CACHE_DIR", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "")


def _archive(name: str, content: bytes = b"", *, link_to: str | None = None) -> bytes:
    """A ``.tar.gz`` with one member."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    if link_to is not None:
        member.type, member.linkname = tarfile.SYMTYPE, link_to
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _serve(server: HubServer, folder: Path) -> Path:
    return Path(shutil.make_archive(str(server.folder / "tiny"), "gztar", folder))


def _assert_one_line(error: BackboneError, url: str) -> None:
    message = str(error)
    assert url in message
    assert "--backbone" in message
    assert "\n" not in message


def test_download_then_offline(
    hub_server: HubServer, reusable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model is downloaded to the user's cache once, and later uses need no network."""
    with backbones.use(str(reusable)):
        expected = call(backbones.mobilenet_v2((8, 8, 3)), IMAGES)
    archive = _serve(hub_server, reusable)
    with backbones.use(hub_server.url):
        assert not backbones.check().found
        downloaded = call(backbones.mobilenet_v2((8, 8, 3)), IMAGES)
        assert backbones.check().found
        archive.unlink()
        monkeypatch.setattr(saved_model, "_loaded", {})
        again = call(backbones.mobilenet_v2((8, 8, 3)), IMAGES)
    assert np.array_equal(downloaded, expected)
    assert np.array_equal(again, expected)
    assert hub_folder(hub_server.url).parent == Path(os.environ["TUNEBENCH_CACHE_DIR"]) / "tfhub_modules"
    assert socket.getdefaulttimeout() is None


def test_users_cache_folder_is_used(
    hub_server: HubServer, reusable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TFHUB_CACHE_DIR takes precedence over the default folder."""
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "mine"))
    _serve(hub_server, reusable)
    assert hub_cache.resolve(hub_server.url).parent == tmp_path / "mine"
    assert os.environ["TFHUB_CACHE_DIR"] == str(tmp_path / "mine")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "HTTP Error 404"),
        (b"<html>not an archive</html>", "does not appear to be a valid module"),
        (_archive("saved_model.pb", link_to="/etc/passwd"), "Unexpected object type"),
        (_archive("../../outside", b"x"), "outside' is invalid"),
    ],
    ids=["404", "page", "link", "outside"],
)
def test_bad_answer_is_refused(hub_server: HubServer, content: bytes | None, reason: str) -> None:
    """Missing, damaged and unsafe archives are one-line errors and leave no files."""
    if content is not None:
        (hub_server.folder / "tiny.tar.gz").write_bytes(content)
    with backbones.use(hub_server.url), pytest.raises(BackboneError, match=reason) as raised:
        backbones.facts()
    _assert_one_line(raised.value, hub_server.url)
    assert not list(Path(os.environ["TUNEBENCH_CACHE_DIR"]).glob("tfhub_modules/*"))


def test_truncated_archive_is_downloaded_again(hub_server: HubServer, reusable: Path) -> None:
    """An interrupted download is an error; the next use downloads the model again."""
    archive = _serve(hub_server, reusable)
    content = archive.read_bytes()
    archive.write_bytes(content[: len(content) // 2])
    with backbones.use(hub_server.url):
        with pytest.raises(BackboneError) as raised:
            backbones.facts()
        _assert_one_line(raised.value, hub_server.url)
        archive.write_bytes(content)
        assert backbones.facts().num_features == 5


@pytest.mark.parametrize(
    ("name", "reason"),
    [("README", "it has no saved_model.pb"), ("saved_model.pb", "Error parsing message")],
)
def test_archive_of_something_else_is_named(hub_server: HubServer, name: str, reason: str) -> None:
    """If the archive is not a SavedModel, the error names the folder to delete."""
    (hub_server.folder / "tiny.tar.gz").write_bytes(_archive(name, b"not a model"))
    with backbones.use(hub_server.url), pytest.raises(BackboneError, match=reason) as raised:
        backbones.facts()
    _assert_one_line(raised.value, hub_server.url)
    assert str(hub_folder(hub_server.url)) in str(raised.value)


def test_no_network() -> None:
    """Without a connection the error says so in one line."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/tiny/4"
    with backbones.use(url), pytest.raises(BackboneError, match="refused") as raised:
        backbones.mobilenet_v2((8, 8, 3))
    _assert_one_line(raised.value, url)


def test_silent_server_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that accepts the connection and sends nothing is an error after the timeout."""
    monkeypatch.setattr(hub_cache, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/tiny/4"
        with pytest.raises(BackboneError, match="timed out"):
            hub_cache.resolve(url)
