"""A real Chromium, and pages made from runs, for the tests of this folder."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import tunebench
from tests.small import write_space
from tests.strategies import HOSTILE
from tests.synthetic_runs import FOUR, Data, Model, write_run, write_runs
from tunebench.report import compare

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_ARGUMENTS = [
    "--no-sandbox",  # a container's root user has no sandbox
    "--disable-gpu",
    # Chromium's own errands would be counted as the page's requests.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; the test is skipped where there is none."""
    path = os.environ.get("TUNEBENCH_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        message = "needs Chromium (apt-get install chromium, or set TUNEBENCH_CHROMIUM to its path)"
        if os.environ.get("TUNEBENCH_REQUIRE_BROWSER") == "1":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        yield chromium
        chromium.close()


@dataclass
class Opened:
    """A page that was opened, and what it did meanwhile.

    Attributes:
        page: Playwright's page.
        requests: Addresses it asked for, its own file left out.
        complaints: Console messages, script errors and dialogs.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


Open = Callable[..., Any]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open a file in a context of its own: ``open_page(path, width=…, scheme=…, javascript=…)``."""
    contexts: list[BrowserContext] = []

    @contextmanager
    def opening(
        path: Path, *, width: int = 1440, scheme: Any = "light", javascript: bool = True
    ) -> Iterator[Opened]:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=javascript,
            offline=True,
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        page, url = opened.page, path.resolve().as_uri()

        def watch(request: Any) -> None:
            address = str(request.url)
            if address.split("#", maxsplit=1)[0] != url and not address.startswith("data:"):
                opened.requests.append(address)

        def dismiss(dialog: Any) -> None:
            opened.complaints.append(dialog.message)
            dialog.dismiss()

        page.on("request", watch)
        page.on("console", lambda message: opened.complaints.append(message.text))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("dialog", dismiss)
        page.goto(url)
        yield opened

    yield opening
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of four tuned models and two baselines, with forty trials each."""
    folder = tmp_path_factory.mktemp("four")
    write_runs(folder / "runs", [replace(model, trials=40) for model in FOUR])
    for name, accuracy in (("cnn3-default", 0.49), ("cnn2-default", 0.48)):
        model = Model(name=name, accuracy=accuracy, seconds=35, tuned=False)
        write_run(folder / "runs" / "cifar10" / name, model)
    return compare([], folder / "runs", folder / "page.html").page


@pytest.fixture(scope="session")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a real search and of its real baseline, on real digits."""
    folder = tmp_path_factory.mktemp("real")
    space, runs_dir = str(write_space(folder)), folder / "runs"
    small: Any = {"dataset": "digits", "train_size": 300, "test_size": 100, "runs_dir": runs_dir}
    tunebench.search(space, trials=4, epochs=6, seeds=3, **small)
    tunebench.train(space, epochs=6, seeds=3, **small)
    return compare([], runs_dir, folder / "page.html").page


@pytest.fixture(scope="session")
def example() -> Path:
    """The page that the project shows, from real runs of its spaces."""
    return Path(__file__).parents[2] / "reports" / "example.html"


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data sets, one of them in two sizes, a GPU among the machines, and a damaged run."""
    folder = tmp_path_factory.mktemp("several")
    write_runs(folder / "runs", FOUR)
    write_runs(folder / "runs", FOUR[:2], Data(name="digits", class_names=tuple("0123456789")))
    write_run(folder / "runs" / "gpu", Model(name="gpu", accuracy=0.9, seconds=2, seeds=1, device="GPU: one"))
    (folder / "runs" / "digits" / "cnn2" / "predictions-0.npz").write_bytes(b"")
    return compare([], folder / "runs", folder / "page.html").page


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every text that a run can carry is an attack, or very long."""
    folder = tmp_path_factory.mktemp("hostile")
    for number, text in enumerate((*HOSTILE, "long" * 60, "long and wide " * 20)):
        model = Model(name=text, summary=text, accuracy=0.5 + number / 50, seconds=5 + number, device=text)
        model.hyperparameters[text] = text
        write_run(folder / "runs" / str(number), model, Data(class_names=(*HOSTILE, "z")))
    return compare([], folder / "runs", folder / "page.html").page
