"""`search`, `train` and `compare` from end to end, in real processes."""

import json
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import tunebench
from tests.small import digits, write_space
from tunebench.records import RunRecord, TrialRecord, from_json
from tunebench.tuning.ledger import Ledger

pytestmark = pytest.mark.slow

PROGRAM = [sys.executable, "-m", "tunebench"]
SMALL = ["--dataset", "digits", "--train-size", "300", "--test-size", "100", "--epochs", "3", "--seeds", "2"]


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *arguments], capture_output=True, text=True, cwd=folder, check=True)


def _start(command: list[str], folder: Path) -> subprocess.Popen[str]:
    """A command that Ctrl-C reaches, also where these tests run in the background, which ignores it."""
    reached = "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    resettable = f"import os, signal, sys; {reached}"
    return subprocess.Popen(
        [sys.executable, "-c", resettable, *command],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _timeless(record: TrialRecord) -> dict[str, object]:
    history = {name: values for name, values in record.history.items() if name != "seconds"}
    fields = ("trial_id", "status", "hyperparameters", "score", "scores", "epochs", "parameters", "seed")
    return {name: getattr(record, name) for name in fields} | {"history": history}


@dataclass(frozen=True)
class Searched:
    """A finished search.

    Attributes:
        folder: Where it ran, its space in it.
        stdout: What the command said.
        stderr: Its progress.
    """

    folder: Path
    stdout: str
    stderr: str

    @property
    def run(self) -> Path:
        """The run's folder."""
        return self.folder / "runs" / "digits" / "tiny"

    @property
    def trials(self) -> list[dict[str, object]]:
        """Its ledger without its times."""
        return _trials(self.run)

    def copy(self, folder: Path) -> str:
        """Copy the space and the run to where a test may change them; the space."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return str(folder / "tiny.py")


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Searched:
    """The command that most tests begin with, once for all: what it leaves is read or copied."""
    folder = tmp_path_factory.mktemp("searched")
    done = _run(folder, "search", str(write_space(folder)), *SMALL, "--trials", "3")
    return Searched(folder, done.stdout, done.stderr)


def _trials(run: Path) -> list[dict[str, object]]:
    return [_timeless(record) for record in Ledger.open(run / "trials.jsonl").records]


def _train(folder: Path, name: str) -> None:
    """A run to be timed; that it is trained is not what the test is about."""
    settings: dict[str, Any] = {"dataset": "digits", "train_size": 300, "test_size": 100, "epochs": 3}
    space = str(write_space(folder))
    tunebench.train(space, **settings, seeds=1, name=name, runs_dir=folder / "runs")


def test_search_then_train_then_compare(searched: Searched, tmp_path: Path) -> None:
    """The first thing a newcomer does, from the commands to the files."""
    space = searched.copy(tmp_path)
    assert "tiny on digits: test accuracy" in searched.stdout
    # Progress goes to standard error, in plain lines, without TensorFlow's chatter.
    assert "trial 3/3: val. accuracy" in searched.stderr
    assert all(line.startswith(("trial", "final training")) for line in searched.stderr.splitlines()), (
        searched.stderr
    )
    trained = _run(tmp_path, "train", space, *SMALL, "--set", "units=16", "--json")
    baseline = from_json(trained.stdout, RunRecord, source="train --json")
    assert (baseline.kind, baseline.search, baseline.hyperparameters["units"]) == ("default", None, 16)
    compared = _run(tmp_path, "compare")
    assert "tiny-default" in compared.stdout
    page = (tmp_path / "reports" / "comparison.html").read_text(encoding="utf-8")
    assert "tiny-default" in page
    assert (tmp_path / "reports" / "comparison.json").exists()
    assert (tmp_path / "reports" / "comparison.csv").exists()


def test_a_budget_without_a_number_of_trials(tmp_path: Path) -> None:
    """The search ends with its budget or when all points of the space were tried."""
    command = ["search", str(write_space(tmp_path)), *SMALL, "--no-augment", "--tuner", "bayesian"]
    done = _run(tmp_path, *command, "--set", "batch_size=32", "--budget", "15m")
    run = tmp_path / "runs" / "digits" / "tiny"
    lines = done.stderr.splitlines()
    assert lines[0] == "trial: 9"
    assert " left" in lines[1]
    assert "The space has 9 points, and all were tried: the search ends here." in lines
    assert len(_trials(run)) == 9


def test_winners_are_timed_again(tmp_path: Path) -> None:
    """The option, from the command to the page; and what went wrong, in one line."""
    for name in ("one", "two"):
        _train(tmp_path, name)
    done = _run(tmp_path, "compare", "--retime", "1", "--json")
    timed = json.loads(done.stdout)["sections"][0]["timed_again"]
    assert {name: each["repeats"] for name, each in timed.items()} == {"one": 1, "two": 1}
    lines = done.stderr.splitlines()
    assert lines[0] == "timing: 2"
    assert lines[1].startswith("timing 1/2: one: trained")
    assert lines[2].startswith("timing 2/2: two: trained")
    assert len(lines) == 3
    assert "Timed again on" in (tmp_path / "reports" / "comparison.html").read_text(encoding="utf-8")
    (tmp_path / "tiny.py").write_text("1 / 0\n", encoding="utf-8")
    failed = subprocess.run(
        [*PROGRAM, "compare", "--retime", "1"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("Error: ")
    assert failed.stderr.count("\n") == 1


def test_an_interrupted_timing_says_what_is_kept(tmp_path: Path) -> None:
    """A search would go on from there, but turns that were broken off are begun anew."""
    _train(tmp_path, "one")
    kept = tmp_path / "runs" / "digits" / "one" / "timing.json"
    process = _start([*PROGRAM, "compare", "--retime", "99"], tmp_path)
    deadline = time.monotonic() + 120
    while not kept.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert errors.splitlines()[-1].startswith("Interrupted. Finished repeats are kept")
    assert "Traceback" not in errors
    assert json.loads(kept.read_bytes())["repeats"]


def test_the_record_says_what_the_files_show(searched: Searched) -> None:
    """The page is built from the record; the saved model must be the one it describes."""
    run = searched.run
    record = from_json((run / "run.json").read_bytes(), RunRecord, source="run.json")
    assert record.search is not None
    assert (record.search.trials, len(record.finals)) == (3, 2)
    assert record.dataset.train_size == 300
    assert record.dataset.validation_size == 60
    test = digits().test
    for final in record.finals:
        # The model takes raw images and needs nothing of ours to load.
        model = keras.saving.load_model(run / f"model-{final.seed}.keras", safe_mode=True)
        predicted = model.predict(test.images, verbose=0)
        with np.load(run / f"predictions-{final.seed}.npz", allow_pickle=False) as kept:
            assert np.allclose(kept["probabilities"], predicted, atol=1e-5)
            assert np.array_equal(kept["labels"], test.labels)
            accuracy = float(np.mean(kept["probabilities"].argmax(axis=1) == kept["labels"]))
        assert final.test_accuracy == accuracy
        parts = final.prefix_seconds + final.setup_seconds + final.fit_seconds
        assert final.train_seconds == pytest.approx(parts)
        assert final.parameters == model.count_params()
        assert final.model_bytes == (run / f"model-{final.seed}.keras").stat().st_size
        assert final.epochs == len(final.history["seconds"])


def test_the_same_seed_gives_the_same_ledger_and_models(searched: Searched, tmp_path: Path) -> None:
    """A result that cannot be repeated is no result."""
    _run(tmp_path, "search", str(write_space(tmp_path)), *SMALL, "--trials", "3", "--runs-dir", "two")
    two = tmp_path / "two" / "digits" / "tiny"
    assert len(searched.trials) == 3
    assert searched.trials == _trials(two)
    finals = [json.loads((run / "run.json").read_bytes())["finals"] for run in (searched.run, two)]
    accuracies = [[(final["test_accuracy"], final["test_loss"]) for final in found] for found in finals]
    assert accuracies[0] == accuracies[1]


def test_an_interrupted_command_keeps_what_is_finished_and_goes_on(
    searched: Searched, tmp_path: Path
) -> None:
    """Ctrl-C in the middle, of the search and then of the finals, may cost what is under way at most."""
    command = [*PROGRAM, "search", str(write_space(tmp_path)), *SMALL, "--trials", "3"]
    run = tmp_path / "runs" / "digits" / "tiny"
    kept: dict[str, bytes] = {}
    for name in ("trials.jsonl", "finals.jsonl"):
        watched = run / name
        process = _start(command, tmp_path)
        deadline = time.monotonic() + 120
        while not (watched.exists() and watched.read_bytes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130, errors
        assert errors.splitlines()[-1].startswith("Interrupted. What was finished is kept;")
        assert "Traceback" not in errors
        # The second time, what the first had left was taken up.
        assert ("already done" in errors) == (name == "finals.jsonl")
        assert not (run / "run.json").exists()
        kept[name] = watched.read_bytes()
    resumed = _run(tmp_path, *command[3:])
    assert "already done" in resumed.stderr
    for name, before in kept.items():
        assert before
        assert (run / name).read_bytes().startswith(before)
    assert _trials(run) == searched.trials
    assert (run / "run.json").exists()


def test_fresh_starts_anew_and_leaves_other_files_alone(searched: Searched, tmp_path: Path) -> None:
    """A note that the user keeps beside the run is not ours to delete."""
    space = searched.copy(tmp_path)
    run = tmp_path / "runs" / "digits" / "tiny"
    (run / "notes.txt").write_text("mine")
    started = Ledger.open(run / "trials.jsonl").records[0].started_at
    again = _run(tmp_path, "search", space, *SMALL, "--trials", "1", "--fresh")
    assert "trial 1/1" in again.stderr
    assert (run / "notes.txt").exists()
    (record,) = Ledger.open(run / "trials.jsonl").records
    assert record.started_at > started
