"""TF Hub URLs: downloaded once, kept, and every failure in one line."""

import os
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.backbones.conftest import HubServer
from tests.backbones.saved_models import archive, archive_of, archive_without_end
from tunebench import backbones
from tunebench.backbones import hub_cache, saved_model
from tunebench.backbones.saved_model import SavedModelFiles
from tunebench.errors import BackboneError

# tensorflow-hub leaves the connection open when it refuses an archive.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"
)

IMAGES = np.random.default_rng(0).uniform(size=(3, 8, 8, 3)).astype(np.float32)


def test_download_then_the_cache(
    hub_server: HubServer, reusable: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every run would download again, and a machine without network could not go on."""
    hub_server.archives["/tiny/4"] = archive(reusable)
    with backbones.use(str(reusable)):
        expected = backbones.mobilenet_v2((8, 8, 3)).predict(IMAGES, verbose=0)
    url = f"{hub_server.url}/tiny/4"
    with backbones.use(url):
        assert not backbones.check().found
        downloaded = backbones.mobilenet_v2((8, 8, 3)).predict(IMAGES, verbose=0)
        assert backbones.check().found
        hub_server.archives.clear()
        monkeypatch.setattr(saved_model, "_loaded", {})
        again = backbones.mobilenet_v2((8, 8, 3)).predict(IMAGES, verbose=0)
    assert np.array_equal(downloaded, expected)
    assert np.array_equal(again, expected)
    assert hub_server.requests == ["/tiny/4?tf-hub-format=compressed"]


def test_cache_lies_in_the_user_cache(hub_server: HubServer, reusable: Path) -> None:
    """tensorflow-hub's default is the temporary folder: a reboot would lose the download."""
    hub_server.archives["/tiny/4"] = archive(reusable)
    folder = hub_cache.resolve(f"{hub_server.url}/tiny/4")
    assert folder.parent == Path(os.environ["TUNEBENCH_CACHE_DIR"]) / "tfhub_modules"
    assert "TFHUB_CACHE_DIR" not in os.environ
    assert socket.getdefaulttimeout() is None


def test_users_cache_folder_is_kept_to(
    hub_server: HubServer, reusable: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user who shares TF Hub's cache between projects has set this variable."""
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path / "mine"))
    hub_server.archives["/tiny/4"] = archive(reusable)
    assert hub_cache.resolve(f"{hub_server.url}/tiny/4").parent == tmp_path / "mine"
    assert os.environ["TFHUB_CACHE_DIR"] == str(tmp_path / "mine")


def _link(name: str, target: str) -> bytes:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return archive_of((member, b""))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "Not Found"),
        (b"<html>not an archive</html>", "does not appear to be a valid module"),
        (_link("saved_model.pb", "/etc/passwd"), "Unexpected object type"),
        (archive_of((tarfile.TarInfo("../../outside"), b"x")), "outside' is invalid"),
        (archive_of((tarfile.TarInfo("README"), b"x")), "without saved_model.pb"),
        (archive_of((tarfile.TarInfo("saved_model.pb"), b"no protocol buffer")), "Error parsing message"),
    ],
    ids=["404", "page", "link", "outside", "no-model", "no-graph"],
)
def test_bad_answer(hub_server: HubServer, content: bytes | None, reason: str) -> None:
    """A foreign archive must neither be kept, nor write outside its folder, nor end in a traceback."""
    if content is not None:
        hub_server.archives["/tiny/4"] = content
    url = f"{hub_server.url}/tiny/4"
    with backbones.use(url), pytest.raises(BackboneError, match=reason) as raised:
        backbones.facts()
    _assert_one_line_with_mend(raised.value, url)
    assert not hub_cache.module_folder(url).exists()
    assert not [path for path in hub_cache.root().parent.rglob("*") if path.name == "outside"]


@pytest.mark.parametrize("cut", [0.2, 0.9])
def test_truncated_archive(hub_server: HubServer, reusable: Path, cut: float) -> None:
    """A download that broke off would leave half a model in the cache, and every later run would fail."""
    whole = archive(reusable)
    hub_server.archives["/tiny/4"] = whole[: int(cut * len(whole))]
    _fails_then_works(hub_server, whole)


def test_archive_cut_where_tarfile_does_not_notice(hub_server: HubServer, reusable: Path) -> None:
    """Tarfile takes a member's incomplete header for the end: half a model is unpacked without an error."""
    hub_server.archives["/tiny/4"] = archive_without_end(reusable)
    _fails_then_works(hub_server, archive(reusable))


def _fails_then_works(hub_server: HubServer, whole: bytes) -> None:
    url = f"{hub_server.url}/tiny/4"
    with backbones.use(url):
        with pytest.raises(BackboneError) as raised:
            backbones.facts()
        _assert_one_line_with_mend(raised.value, url)
        hub_server.archives["/tiny/4"] = whole
        assert backbones.facts().num_features == 5


def test_model_that_was_there_is_kept(reusable: Path) -> None:
    """The cache may be the user's own: a model that this program cannot use is not its to delete."""
    url = "http://127.0.0.1:9/tiny/4"
    folder = hub_cache.module_folder(url)
    SavedModelFiles.read(reusable).write(_make(folder))
    (folder / "variables/variables.index").unlink()
    with backbones.use(url), pytest.raises(BackboneError) as raised:
        backbones.facts()
    _assert_one_line_with_mend(raised.value, url)
    assert str(folder) in str(raised.value)
    assert (folder / "saved_model.pb").exists()


def test_other_format_that_was_there_is_kept() -> None:
    """TF Hub's modules of TensorFlow 1 lie in the same cache and hold no SavedModel."""
    url = "http://127.0.0.1:9/tiny/4"
    module = _make(hub_cache.module_folder(url)) / "tfhub_module.pb"
    module.touch()
    with backbones.use(url), pytest.raises(BackboneError, match=r"holds no saved_model\.pb") as raised:
        backbones.facts()
    _assert_one_line_with_mend(raised.value, url)
    assert module.exists()


def _make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_no_network() -> None:
    """The most frequent failure of all."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/tiny/4"
    with backbones.use(url), pytest.raises(BackboneError, match="refused") as raised:
        backbones.mobilenet_v2((8, 8, 3))
    _assert_one_line_with_mend(raised.value, url)


def test_server_that_falls_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a time limit a search would hang for ever on a stalled connection."""
    monkeypatch.setattr(hub_cache, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/tiny/4"
        with pytest.raises(BackboneError, match="timed out"):
            hub_cache.resolve(url)


def test_lock_of_a_dead_download_is_removed(hub_server: HubServer, reusable: Path) -> None:
    """tensorflow-hub would wait ten minutes for a process that was killed while downloading."""
    url = f"{hub_server.url}/tiny/4"
    hub_server.archives["/tiny/4"] = archive(reusable)
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    folder = hub_cache.module_folder(url)
    folder.parent.mkdir(parents=True)
    folder.with_name(f"{folder.name}.lock").write_text(f"{socket.gethostname()}.{int(dead.stdout)}.abc")
    left_over = folder.with_name(f"{folder.name}.abc.tmp")
    left_over.mkdir()
    assert hub_cache.resolve(url) == folder
    assert not left_over.exists()


def test_lock_of_a_living_download_stays(hub_server: HubServer) -> None:
    """Two processes would download into each other's way."""
    url = f"{hub_server.url}/tiny/4"
    folder = hub_cache.module_folder(url)
    folder.parent.mkdir(parents=True)
    lock = folder.with_name(f"{folder.name}.lock")
    for content in (f"{socket.gethostname()}.{os.getpid()}.abc", "elsewhere.1.abc", "foreign"):
        lock.write_text(content)
        hub_cache._remove_abandoned_lock(url)
        assert lock.read_text() == content


def test_hub_does_not_change_the_keras_in_use() -> None:
    """tensorflow-hub brings Keras 2; a model built with it would not fit anything else."""
    hub_cache.import_hub()
    assert keras.__version__.startswith("3.")
    assert keras.layers.Layer.__module__.startswith("keras.src")


def _assert_one_line_with_mend(error: BackboneError, url: str) -> None:
    message = str(error)
    assert url in message
    assert "--backbone" in message
    assert "keras" in message
    assert "\n" not in message
