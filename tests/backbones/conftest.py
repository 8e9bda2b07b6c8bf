"""A small SavedModel, and a server that sends archives as TF Hub does."""

import gc
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.backbones.saved_models import save_reusable
from tunebench.backbones import saved_model


@pytest.fixture(scope="session")
def reusable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SavedModel that maps 8×8 images to 5 features."""
    return save_reusable(tmp_path_factory.mktemp("reusable"))


@pytest.fixture(autouse=True)
def _nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a new process does: without SavedModels loaded by others."""
    monkeypatch.setattr(saved_model, "_loaded", {})


@dataclass
class HubServer:
    """A server on this machine.

    Attributes:
        url: Its address.
        archives: What it sends, by path; everything else is not found.
        requests: The paths that were asked for, with their query.
    """

    url: str = ""
    archives: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)


@pytest.fixture
def hub_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """A running server without archives yet."""
    state = HubServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests.append(self.path)
            content = state.archives.get(self.path.partition("?")[0])
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()
    # So that a connection that was left open is found in the test that left it.
    gc.collect()
