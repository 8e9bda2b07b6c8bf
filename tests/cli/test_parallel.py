"""``tunebench search --workers 2``: killed and taken up again, and without Ray."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.small import TINY_SPACE, write_space
from tests.tuning.searches import timeless
from tunebench.tuning.ledger import Ledger

SETTINGS = ["--dataset", "digits", "--train-size", "300", "--test-size", "100", "--seeds", "1"]
SETTINGS += ["--tuner", "hyperband", "--trials", "6", "--epochs", "3", "--workers", "2"]


def _start(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "progress.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tunebench", "search", str(folder / "tiny.py"), *SETTINGS],
            cwd=folder,
            stderr=log,
            stdout=subprocess.DEVNULL,
        )


def _trials(folder: Path) -> list[dict[str, object]]:
    """What a ledger holds, without who trained it and when."""
    path = folder / "runs" / "digits" / "tiny" / "trials.jsonl"
    records = Ledger.open(path).records if path.exists() else []
    return sorted(
        ({**timeless(record), "worker": ""} for record in records), key=lambda fields: str(fields["trial_id"])
    )


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_search_leaves_nothing_running_and_goes_on(tmp_path: Path) -> None:
    """Workers would train on for nobody, and finished trials be trained again or differ."""
    through, cut = tmp_path / "through", tmp_path / "cut"
    for folder in (through, cut):
        folder.mkdir()
        write_space(folder, TINY_SPACE)
    assert _start(through).wait() == 0, (through / "progress.log").read_text()
    process = _start(cut)
    while not _trials(cut):
        assert process.poll() is None, (cut / "progress.log").read_text()
        time.sleep(0.05)
    behind = psutil.Process(process.pid).children(recursive=True)
    assert any(each.name().startswith("ray::TrialWorker") for each in behind)
    process.send_signal(signal.SIGKILL)
    process.wait()
    _, left = psutil.wait_procs(behind, timeout=60)
    assert left == []
    kept = _trials(cut)
    assert kept
    assert _start(cut).wait() == 0, (cut / "progress.log").read_text()
    expected = _trials(through)
    assert len(expected) == 6
    assert _trials(cut) == expected
    assert all(fields in expected for fields in kept)
    # Neither Ray nor TensorFlow says anything.
    said = (through / "progress.log").read_text().splitlines()
    assert [line for line in said if not line.startswith(("trial", "final", "Hyperband's plan"))] == []


def test_without_ray_the_option_says_what_to_install(tmp_path: Path) -> None:
    """A traceback about a missing module tells nobody what to do."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, *rest: None if name == 'ray' else find(name, *rest)\n"
    )
    write_space(tmp_path, TINY_SPACE)
    paths = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "tunebench", "search", "tiny.py", *SETTINGS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "Error: Several workers run on Ray, which is not installed. Install it with pip install "
        "'tunebench[parallel]', or leave --workers and --cluster out."
    )
