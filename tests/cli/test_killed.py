"""``kill -9`` at any moment, then the same command.

``TUNEBENCH_KILLS=10 pytest tests/cli/test_killed.py`` kills every tuner's search ten times.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.small import write_space
from tunebench.tuning.ledger import Ledger

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("TUNEBENCH_KILLS", "1"))
TUNERS = {"random": 5, "bayesian": 7, "hyperband": 6, "grid": 5}


SETTINGS: dict[str, Any] = {"dataset": "digits", "train_size": 300, "test_size": 100, "seeds": 2, "epochs": 3}


def _start(folder: Path, tuner: str) -> subprocess.Popen[bytes]:
    """A whole real command: a search and its final trainings."""
    folder.mkdir(exist_ok=True)
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
    settings += ["--tuner", tuner, "--trials", str(TUNERS[tuner])]
    with (folder / "progress.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tunebench", "search", str(write_space(folder)), *settings],
            cwd=folder,
            stderr=log,
            stdout=subprocess.DEVNULL,
        )


def _finish(folder: Path, tuner: str) -> None:
    """Run the command to its end."""
    assert _start(folder, tuner).wait() == 0, (folder / "progress.log").read_text()


def _through(folder: Path, tuner: Any) -> float:
    """The same search by the library, in this process and never stopped; the seconds it took."""
    folder.mkdir()
    started = time.monotonic()
    space, runs = str(write_space(folder)), folder / "runs"
    tunebench.search(space, tuner=tuner, trials=TUNERS[tuner], runs_dir=runs, **SETTINGS)
    return time.monotonic() - started


@pytest.fixture(scope="module")
def start_seconds() -> float:
    """What Python and Keras take to start."""
    started = time.monotonic()
    command = [sys.executable, "-m", "tunebench", "doctor"]
    subprocess.run(command, capture_output=True, check=True)
    return time.monotonic() - started


def _outcome(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The ledger and the finals, without what they took."""
    run = folder / "runs" / "digits" / "tiny"
    trials = [vars(record) for record in Ledger.open(run / "trials.jsonl").records]
    finals = json.loads((run / "run.json").read_bytes())["finals"]
    return [_timeless(each) for each in trials], [_timeless(each) for each in finals]


def _timeless(fields: dict[str, Any]) -> dict[str, Any]:
    untimed = {name: each for name, each in fields.items() if name == "seed" or not _is_time(name)}
    return {
        **untimed,
        "history": {name: each for name, each in fields["history"].items() if name != "seconds"},
    }


def _is_time(name: str) -> bool:
    return "seconds" in name or name in {"started_at", "other_load", "model_bytes"}


@pytest.mark.parametrize("tuner", TUNERS)
def test_a_killed_search_ends_as_one_that_was_not(tuner: str, start_seconds: float, tmp_path: Path) -> None:
    """Finished trials would be lost or trained again, or what follows would be another search."""
    seconds = start_seconds + _through(tmp_path / "through", tuner)
    expected = _outcome(tmp_path / "through")
    assert len(expected[0]) == TUNERS[tuner]
    moments = random.Random(tuner)  # noqa: S311 (nothing secret)
    for number in range(KILLS):
        folder = tmp_path / f"killed-{number}"
        process = _start(folder, tuner)
        # The first seconds go into starting Python, where there is nothing to lose.
        time.sleep(moments.uniform(0.4, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        _finish(folder, tuner)
        assert _outcome(folder) == expected
