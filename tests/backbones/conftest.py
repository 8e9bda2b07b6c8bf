"""A small SavedModel, and a local server of TF Hub archives."""

import functools
import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.backbones.saved_models import save_reusable
from tunebench.backbones import saved_model


@pytest.fixture(scope="session")
def reusable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel that maps 8×8 images to 5 features."""
    return save_reusable(tmp_path_factory.mktemp("reusable"))


@pytest.fixture
def weights(random_weights: Path) -> Path:
    """A weights file of a MobileNetV2 with random weights."""
    return random_weights


@pytest.fixture(autouse=True)
def _nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts like a new process, without loaded SavedModels."""
    monkeypatch.setattr(saved_model, "_loaded", {})


@dataclass
class HubServer:
    """A server on this machine.

    Attributes:
        folder: The files that it serves.
        url: The address of the file ``tiny.tar.gz`` in this folder.
    """

    folder: Path
    url: str


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def hub_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubServer]:
    """A running server of an empty folder."""
    folder = tmp_path_factory.mktemp("served")
    handler = functools.partial(_QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield HubServer(folder, f"http://127.0.0.1:{server.server_port}/tiny.tar.gz")
        server.shutdown()
        thread.join()
    # A connection left open is reported in the test that left it open.
    gc.collect()
