"""`search`, `train` and `compare` from end to end."""

import contextlib
import io
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest

from tests.eager import call
from tests.small import digits, write_space
from tests.tuning.searches import timeless
from tunebench import spaces
from tunebench.cli.main import main
from tunebench.record_json import from_json
from tunebench.records import RunRecord
from tunebench.runs import read_run
from tunebench.tuning.ledger import Ledger

pytestmark = pytest.mark.slow

SMALL = ["--dataset", "digits", "--train-size", "100", "--test-size", "50", "--epochs", "2", "--seeds", "2"]
TRIALS = 2


@dataclass(frozen=True)
class Ran:
    """A finished run.

    Attributes:
        folder: Has the space, ``tiny.py``, and the runs folder.
        stdout: What the command printed.
        stderr: Its progress.
    """

    folder: Path
    stdout: str
    stderr: str

    @property
    def run(self) -> Path:
        """The folder of the search."""
        return self.folder / "runs" / "digits" / "tiny"

    def copy(self, folder: Path) -> "Ran":
        """A copy that a test may change; the space stays where it was."""
        shutil.copytree(self.folder / "runs", folder / "runs")
        return Ran(folder, self.stdout, self.stderr)


def _run(folder: Path, command: str, *arguments: str) -> Ran:
    """Run a command on the runs in a folder."""
    # JSON is written as bytes, which a StringIO does not accept.
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main([command, *arguments, "--runs-dir", str(folder / "runs")])
    out.seek(0)
    return Ran(folder, out.read(), err.getvalue())


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """A finished search, to be read or copied."""
    folder = tmp_path_factory.mktemp("searched")
    return _run(folder, "search", str(write_space(folder)), *SMALL, "--trials", str(TRIALS))


def test_search_then_train_then_compare(searched: Ran, tmp_path: Path) -> None:
    """The README's first steps: a search, its baseline, a page about both, and their times again in turns."""
    assert "tiny on digits: test accuracy" in searched.stdout
    compare = shlex.join(["tunebench", "compare", "--runs-dir", str(searched.folder / "runs")])
    assert searched.stdout.endswith(f"Next: {compare}\n")
    assert "trial 2/2 (0001): val. accuracy" in searched.stderr
    copied = searched.copy(tmp_path)
    baseline = [str(searched.folder / "tiny.py"), *SMALL, "--set", "units=16", "--json"]
    trained = from_json(_run(tmp_path, "train", *baseline).stdout, RunRecord, source="train --json")
    assert (trained.kind, trained.search, trained.hyperparameters["units"]) == ("default", None, 16)
    page = tmp_path / "page.html"
    compared = _run(tmp_path, "compare", "--retime", "1", "--yes", "--json", "--out", str(page))
    timed = json.loads(compared.stdout)["sections"][0]["timed_again"]
    assert {name: each["repeats"] for name, each in timed.items()} == {"tiny": 1, "tiny-default": 1}
    first, *turns = compared.stderr.splitlines()
    assert first == "2 timings"
    names = [f"timing {number}/2: {name}: trained" for number, name in ((1, "tiny"), (2, "tiny-default"))]
    assert [line[: len(name)] for line, name in zip(turns, names, strict=True)] == names
    assert copied.run.joinpath("timing.json").exists()
    written = page.read_text(encoding="utf-8")
    assert "tiny-default" in written
    assert "Timed again on" in written


def test_a_budget_without_a_number_of_trials(tmp_path: Path) -> None:
    """The search ends when every point of the space was tried; each line says how much time is left."""
    space = str(write_space(tmp_path))
    fixed = ["--set", "batch_size=32", "--set", "units=8", "--no-augment"]
    once = ["--epochs", "1", "--seeds", "1"]
    done = _run(tmp_path, "search", space, *SMALL, *once, "--tuner", "bayesian", "--budget", "15m", *fixed)
    lines = done.stderr.splitlines()
    assert lines[0] == "3 trials"
    assert " left" in lines[1]
    assert any(line.startswith("The space has 3 points, and all were tried") for line in lines)
    assert len(read_run(done.run).trial_records) == 3


@pytest.mark.parametrize("terminal", [False, True])
def test_code_that_a_record_names_is_run_only_if_allowed(
    searched: Ran,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    terminal: bool,
) -> None:
    """`--retime` names the file and asks; in a script, it refuses. Nothing is imported without a yes."""
    run = searched.copy(tmp_path).run
    code = tmp_path / "theirs.py"
    code.write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    record = json.loads((run / "run.json").read_text())
    record["settings"] |= {"space_source": str(code), "space_sha256": spaces.sha256(str(code))}
    (run / "run.json").write_text(json.dumps(record))
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    monkeypatch.setattr("sys.stdin.isatty", lambda: terminal)
    arguments = ["compare", str(run), "--retime", "1", "--out", str(tmp_path / "page.html")]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    printed = capsys.readouterr().err
    assert str(code) in printed
    assert "Nothing was timed again" in printed
    assert ("Use --yes" in printed) != terminal
    assert not (tmp_path / "ran").exists()


def test_an_interrupted_timing_keeps_the_finished_repeats(
    searched: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message differs from that of an interrupted search: the same command times all models again."""
    searched.copy(tmp_path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tunebench.finals.retime.train_under_clock", interrupt)
    with pytest.raises(SystemExit) as ended:
        main(
            [
                "compare",
                "--retime",
                "1",
                "--yes",
                "--runs-dir",
                str(tmp_path / "runs"),
                "--out",
                str(tmp_path / "p.html"),
            ]
        )
    assert ended.value.code == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("Interrupted. Finished repeats are kept")


def test_the_record_describes_the_files(searched: Ran) -> None:
    """Accuracy, parameters and sizes in the record are those of the saved models and predictions."""
    record = read_run(searched.run).record
    assert record.search is not None
    assert (record.search.trials, len(record.finals)) == (TRIALS, 2)
    assert (record.dataset.train_size, record.dataset.validation_size) == (100, 20)
    test = digits(100, 50).test
    for final in record.finals:
        file = searched.run / f"model-{final.seed}.keras"
        # The model takes raw images, and loads without tunebench.
        model = keras.saving.load_model(file, safe_mode=True)
        predicted = call(model, test.images)
        with np.load(searched.run / f"predictions-{final.seed}.npz", allow_pickle=False) as kept:
            assert np.allclose(kept["probabilities"], predicted, atol=1e-5)
            assert np.array_equal(kept["labels"], test.labels)
            accuracy = float(np.mean(kept["probabilities"].argmax(axis=1) == kept["labels"]))
        assert final.test_accuracy == accuracy
        parts = final.prefix_seconds + final.setup_seconds + final.fit_seconds
        assert final.train_seconds == pytest.approx(parts)
        assert (final.parameters, final.model_bytes) == (model.count_params(), file.stat().st_size)
        assert final.epochs == len(final.history["seconds"])
        # Without the optimizer's state, which would triple the size.
        assert not model.compiled


def _interruptible(command: list[str], folder: Path) -> subprocess.Popen[str]:
    """A process that reacts to SIGINT, also if these tests run in the background, where it is ignored."""
    reset = "signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    return subprocess.Popen(
        [sys.executable, "-c", f"import os, signal, sys; {reset}", *command],
        cwd=folder,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_an_interrupted_search_keeps_its_trials(searched: Ran, tmp_path: Path) -> None:
    """Ctrl-C gives status 130 and one line, and the ledger has the finished trials and no other.

    From such a ledger a search resumes to the same result: tests/cli/test_killed.py.
    """
    arguments = [str(searched.folder / "tiny.py"), *SMALL, "--trials", str(TRIALS)]
    ledger = tmp_path / "runs" / "digits" / "tiny" / "trials.jsonl"
    process = _interruptible([sys.executable, "-m", "tunebench", "search", *arguments], tmp_path)
    while process.poll() is None and not (ledger.exists() and ledger.read_bytes()):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert output == ""
    *progress, last = errors.splitlines()
    assert last == "Interrupted. Finished results are kept; the same command resumes."
    # No message of TensorFlow and no traceback.
    assert all(re.match(r"(\d+ )?trial", line) for line in progress if line), errors
    kept = [*map(timeless, Ledger.open(ledger).records)]
    assert kept
    assert kept == [*map(timeless, read_run(searched.run).trial_records)][: len(kept)]


def test_fresh_starts_again_and_keeps_other_files(searched: Ran, tmp_path: Path) -> None:
    """`--fresh` replaces what tunebench wrote, not what the user added."""
    copied = searched.copy(tmp_path)
    (copied.run / "notes.txt").write_text("mine")
    started = read_run(copied.run).trial_records[0].started_at
    once = ["--seeds", "1", "--trials", "1", "--epochs", "1"]
    command = [str(searched.folder / "tiny.py"), *SMALL, *once, "--fresh"]
    assert "trial 1/1" in _run(tmp_path, "search", *command).stderr
    assert (copied.run / "notes.txt").exists()
    (record,) = read_run(copied.run).trial_records
    assert record.started_at > started
