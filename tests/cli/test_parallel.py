"""``tunebench search --workers 2``: killed and resumed, and without Ray."""

import importlib.util
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.small import TINY_SPACE, write_space
from tests.tuning.parallel.processes import below
from tests.tuning.searches import timeless
from tunebench.cli.main import main
from tunebench.tuning.ledger import Ledger

SETTINGS = ["--dataset", "digits", "--train-size", "300", "--test-size", "100", "--seeds", "1"]
# Neither what is tried nor how long it trains depends on the number of workers.
SETTINGS += ["--tuner", "random", "--trials", "3", "--epochs", "1", "--no-prune"]
WORKERS = ["--workers", "2"]
COMMAND = ["search", "tiny.py", *SETTINGS]


def _trials(folder: Path) -> list[dict[str, object]]:
    path = folder / "runs" / "digits" / "tiny" / "trials.jsonl"
    return [timeless(record) for record in Ledger.open(path).records] if path.exists() else []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_search_leaves_nothing_running_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After SIGKILL all of Ray's processes and files go away; a rerun, here without Ray, keeps the trials."""
    write_space(tmp_path, TINY_SPACE)
    monkeypatch.chdir(tmp_path)
    progress = tmp_path / "progress.txt"
    with progress.open("wb") as stderr:
        process = subprocess.Popen([sys.executable, "-m", "tunebench", *COMMAND, *WORKERS], stderr=stderr)
    while not _trials(tmp_path):
        assert process.poll() is None
        time.sleep(0.05)
    left = below(psutil.Process(process.pid))
    assert any(line.startswith("ray::TrialWorker") for line in left.values())
    [folder] = [line.split()[-1] for line in left.values() if "tunebench.tuning.parallel.bridge" in line]
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert psutil.wait_procs([*left], timeout=60)[1] == []
    assert not Path(folder).exists()
    # Neither Ray nor TensorFlow prints anything.
    printed = progress.read_text().splitlines()
    assert printed
    ours = r"(\d+ )?trial|Starting 2 workers on Ray"
    assert [line for line in printed if not re.match(ours, line)] == []
    kept = _trials(tmp_path)
    main(COMMAND)
    trials = _trials(tmp_path)
    assert trials[: len(kept)] == kept
    assert sorted(str(fields["trial_id"]) for fields in trials) == ["0000", "0001", "0002"]
    assert "already done" in capsys.readouterr().err.splitlines()[0]


def test_without_ray_the_option_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Ray, ``--workers`` is a one-line error that names the package to install."""
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "ray" else find(name))
    with pytest.raises(SystemExit):
        main(
            [
                "search",
                str(write_space(tmp_path, TINY_SPACE)),
                *SETTINGS,
                *WORKERS,
                "--runs-dir",
                str(tmp_path / "runs"),
            ]
        )
    assert capsys.readouterr().err.strip().splitlines()[-1] == (
        "Error: Several workers run on Ray, which is not installed. Install it with pip install "
        "'tunebench[parallel]', or leave --workers and --cluster out."
    )
