"""``kill -9`` at a random moment, then the same command.

``TUNEBENCH_KILLS=10 pytest tests/cli/test_killed.py`` kills every tuner's search ten times.
"""

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.small import TINY_SPACE, write_space
from tunebench.runs import Run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

KILLS = int(os.environ.get("TUNEBENCH_KILLS", "1"))
# Hyperband promotes the fourth trial.
TUNERS = {"random": 4, "bayesian": 6, "hyperband": 4, "grid": 4}
SEEDS = 2
SETTINGS: dict[str, Any] = {
    "dataset": "digits",
    "train_size": 200,
    "test_size": 100,
    "seeds": SEEDS,
    "epochs": 3,
    "confirm": 2,
}


def _search(folder: Path, tuner: Any) -> Run:
    """The search in this process."""
    folder.mkdir(exist_ok=True)
    space, runs = str(write_space(folder, TINY_SPACE)), folder / "runs"
    return tunebench.search(space, tuner=tuner, trials=TUNERS[tuner], runs_dir=runs, **SETTINGS)


def _kill(folder: Path, tuner: str, moment: random.Random) -> None:
    """Start the same search as a process and kill it after a random number of finished trainings."""
    folder.mkdir()
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in SETTINGS.items()]
    settings += ["--tuner", tuner, "--trials", str(TUNERS[tuner])]
    command = [sys.executable, "-m", "tunebench", "search", str(write_space(folder, TINY_SPACE)), *settings]
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    target = moment.randrange(TUNERS[tuner] + SETTINGS["confirm"] + SEEDS)
    while process.poll() is None and _num_finished(folder) < target:
        time.sleep(0.01)
    time.sleep(moment.uniform(0, 0.5))
    process.kill()
    process.wait()


def _num_finished(folder: Path) -> int:
    """Finished trials, trainings that confirm the winner, and final trainings."""
    run = folder / "runs" / "digits" / "tiny"
    return sum(
        path.read_bytes().count(b"\n")
        for path in (run / "trials.jsonl", run / "confirmations.jsonl", run / "finals.jsonl")
        if path.exists()
    )


def _outcome(run: Run) -> list[list[dict[str, Any]]]:
    """Trials, final trainings and the trials that were confirmed, without their times."""
    records = [[_timeless(vars(each)) for each in kept] for kept in (run.trial_records, run.record.finals)]
    assert run.record.search is not None
    return [*records, [run.record.search.confirmed]]


def _timeless(fields: dict[str, Any]) -> dict[str, Any]:
    untimed = {name: each for name, each in fields.items() if name == "seed" or not _is_time(name)}
    return {
        **untimed,
        "history": {name: each for name, each in fields["history"].items() if name != "seconds"},
    }


def _is_time(name: str) -> bool:
    return "seconds" in name or name in {"started_at", "other_load", "model_bytes"}


# The replay of each tuner is tested in tests/tuning, so that the gate kills only the one with checkpoints.
@pytest.mark.parametrize("tuner", TUNERS if "TUNEBENCH_KILLS" in os.environ else ["hyperband"])
def test_a_killed_search_resumes_to_the_same_result(tuner: str, tmp_path: Path) -> None:
    """Trials and final models are those of a search that was not killed."""
    expected = _outcome(_search(tmp_path / "through", tuner))
    assert len(expected[0]) == TUNERS[tuner]
    moment = random.Random(tuner)  # noqa: S311 (nothing secret)
    for number in range(KILLS):
        folder = tmp_path / f"killed-{number}"
        _kill(folder, tuner, moment)
        assert _outcome(_search(folder, tuner)) == expected
