"""A real Chromium, and pages to open in it."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.strategies import HOSTILE
from tests.synthetic_report import write_report
from tests.synthetic_runs import FOUR, Data, Model, write_run, write_runs
from tunebench.records import Importance

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_ARGUMENTS = [
    "--no-sandbox",  # root in a container has no sandbox
    "--disable-gpu",
    # Otherwise Chromium's own requests are counted as the page's.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

SHARES = Importance(shares={"learning_rate": 0.8, "dropout": 0.2}, floor=0.25, explained=0.5, trials=8)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; tests are skipped without it."""
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
    """A page that was opened, and what it did.

    Attributes:
        page: Playwright's page.
        requests: URLs it requested, except its own file.
        complaints: Console messages, script errors and dialogs.
    """

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


Open = Callable[..., Any]


@pytest.fixture(scope="session")
def open_page(browser: Browser) -> Open:
    """Open a file in a new context: ``open_page(path, width=…, scheme=…, javascript=…)``."""

    @contextmanager
    def opening(
        path: Path, *, width: int = 1440, scheme: Any = "light", javascript: bool = True
    ) -> Iterator[Opened]:
        with browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=javascript,
            offline=True,
        ) as context:
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

    return opening


@pytest.fixture(scope="session")
def four(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four tuned models, one of them with the importance of its hyperparameters, and two baselines."""
    runs_dir = tmp_path_factory.mktemp("four") / "runs"
    write_runs(runs_dir, [replace(model, trials=3) for model in FOUR[:3]])
    write_run(runs_dir / "cifar10" / FOUR[3].name, replace(FOUR[3], importance=SHARES))
    for name, accuracy in (("cnn3-default", 0.49), ("cnn2-default", 0.48)):
        model = Model(name=name, accuracy=accuracy, seconds=35, tuned=False)
        write_run(runs_dir / "cifar10" / name, model)
    return write_report(runs_dir).page


@pytest.fixture(scope="session")
def example() -> Path:
    """The example page of the repository, from real runs."""
    return Path(__file__).parents[2] / "reports" / "example.html"


@pytest.fixture(scope="session")
def several(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two data sets, a run on a GPU and damaged predictions."""
    runs_dir = tmp_path_factory.mktemp("several") / "runs"
    write_runs(runs_dir, [replace(FOUR[2], trials=3), replace(FOUR[3], importance=SHARES)])
    write_runs(
        runs_dir,
        [replace(model, trials=3) for model in FOUR[:2]],
        Data(name="digits", class_names=tuple("0123456789")),
    )
    write_run(
        runs_dir / "gpu", Model(name="gpu", accuracy=0.9, seconds=2, seeds=1, trials=3, device="GPU: one")
    )
    (runs_dir / "digits" / "cnn2" / "predictions-0.npz").write_bytes(b"")
    return write_report(runs_dir).page


@pytest.fixture(scope="session")
def crowds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data sets with 2, 4, 16 and 60 models whose accuracy grows with the time, more or less."""
    runs_dir = tmp_path_factory.mktemp("crowds") / "runs"
    random = np.random.default_rng(0)
    for number in (2, 4, 16, 60):
        models = [
            Model(
                name=f"mobilenet_v2-{each}",
                accuracy=float(0.5 + 0.1 * np.log(seconds / 8) + random.normal(0, 0.04)),
                seconds=float(seconds),
                tuned=False,
                seeds=2,
            )
            for each, seconds in enumerate(8 * 16 ** random.uniform(size=number))
        ]
        write_runs(runs_dir, models, Data(name=f"crowd{number}", test_size=200))
    return write_report(runs_dir, gallery=False).page


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs whose texts are attacks or very long."""
    runs_dir = tmp_path_factory.mktemp("hostile") / "runs"
    attacks = [" ".join(HOSTILE[first::4]) for first in range(4)]
    for number, text in enumerate((*attacks, "long" * 60, "long and wide " * 20)):
        model = Model(
            name=text, summary=text, accuracy=0.5 + number / 50, seconds=5 + number, device=text, trials=2
        )
        model.hyperparameters[text] = text
        write_run(runs_dir / str(number), model, Data(class_names=(*HOSTILE, "z")))
    return write_report(runs_dir).page
