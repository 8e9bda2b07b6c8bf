"""A study: planned, killed, continued, refused and widened."""

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.small import TINY_SPACE, write_space
from tunebench.cli.main import main
from tunebench.errors import TunebenchError
from tunebench.runs import read_run
from tunebench.runs.study_record import PlannedRun
from tunebench.studies.conduct import _augmentation, _with_budgets
from tunebench.study_options import StudyOptions

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]
ONLY = "reference,augmentation"
SETTINGS: dict[str, Any] = {"trials": 1, "epochs": 2, "seeds": 1, "train_size": 200, "test_size": 100}
NAMES = {f"tiny-{role}" for role in ("reference", "tuned", "plain", "augmented", "both")}


def command(folder: Path, only: str = ONLY, **changed: Any) -> list[str]:
    """A small study's arguments."""
    places = ["--runs-dir", str(folder / "runs"), "--out", str(folder / "page.html")]
    settings = {**SETTINGS, **changed}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    space = str(write_space(folder, TINY_SPACE))
    return ["study", "--dataset", "digits", "--spaces", space, "--only", only, *options, *places]


def runs(folder: Path) -> dict[str, list[Any]]:
    """What each finished run found, without its times."""
    found = {}
    for path in (folder / "runs" / "study" / "digits").glob("*/run.json"):
        record = read_run(path).record
        finals = [(final.seed, final.test_accuracy, final.epochs) for final in record.finals]
        found[record.name] = [record.hyperparameters, finals]
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished study."""
    folder = tmp_path_factory.mktemp("finished")
    main(command(folder))
    return folder


def test_a_killed_study_continues_to_the_same_result(finished: Path, tmp_path: Path) -> None:
    """Killed in a part, the same command makes what is missing and writes the page."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tunebench", *command(tmp_path)], stderr=subprocess.DEVNULL
    )
    while process.poll() is None and "tiny-tuned" not in runs(tmp_path):
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "tiny-both" not in runs(tmp_path)
    main(command(tmp_path))
    assert runs(tmp_path) == runs(finished)
    assert runs(tmp_path).keys() == NAMES


def test_a_finished_study_only_writes_the_page_again(finished: Path, capsys: Capture) -> None:
    """No run is touched; standard error says that all are done."""
    records = {path: path.stat().st_mtime_ns for path in finished.rglob("run.json")}
    (finished / "page.html").unlink()
    main(command(finished))
    printed = capsys.readouterr()
    assert {path: path.stat().st_mtime_ns for path in finished.rglob("run.json")} == records
    assert printed.err.splitlines()[0].endswith("digits: 5 runs, 5 already done")
    assert "Does augmentation help?" in printed.out
    assert "what helps?" in (finished / "page.html").read_text()


def test_a_run_of_a_study_is_an_ordinary_run(finished: Path, tmp_path: Path, capsys: Capture) -> None:
    """It can be shown and compared alone."""
    folder = finished / "runs" / "study" / "digits"
    main(["show", str(folder / "tiny-tuned")])
    main(
        [
            "compare",
            str(folder / "tiny-plain"),
            str(folder / "tiny-both"),
            "--out",
            str(tmp_path / "two.html"),
        ]
    )
    assert "what helps?" not in capsys.readouterr().out


def test_a_study_is_continued_only_with_the_same_options(finished: Path, capsys: Capture) -> None:
    """One line names the difference; another name keeps both."""
    with pytest.raises(SystemExit, match="1"):
        main(command(finished, epochs=3))
    error = capsys.readouterr().err.splitlines()[-1]
    assert "was started with other settings (epochs: 2 then, 3 now). Use the earlier settings" in error


def test_more_seeds_continue_a_study(finished: Path, tmp_path: Path, capsys: Capture) -> None:
    """Only the new ones are trained."""
    shutil.copytree(finished / "runs", tmp_path / "runs")
    main(command(tmp_path, only="reference", seeds=2))
    assert "digits: 1 run, about" in capsys.readouterr().err
    before, after = runs(finished)["tiny-reference"][1], runs(tmp_path)["tiny-reference"][1]
    assert (after[0], len(after)) == (before[0], 2)


def test_more_parts_are_added_to_a_study(finished: Path, capsys: Capture) -> None:
    """Those that are there are not trained again."""
    main(command(finished, only="efficiency"))
    assert "digits: 3 runs, 2 already done" in capsys.readouterr().err
    record = json.loads((finished / "runs" / "study" / "digits" / "study.json").read_text())
    assert [run["name"] for run in record["runs"]][-1] == "tiny-half-precision"
    assert "Does half precision help?" in (finished / "page.html").read_text()


def test_a_run_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    """The error names it at the end, and the page has the rest."""
    check = (
        "    if keras.config.dtype_policy().name != 'float32': raise ValueError('too coarse')\n    model = "
    )
    space = write_space(tmp_path, TINY_SPACE.replace("    model = ", check))
    places: dict[str, Any] = {"runs_dir": tmp_path / "runs", "out": tmp_path / "page.html"}
    message = (
        r"1 run of the study failed \(tiny-half-precision\); the first: .*too coarse.* tries these again"
    )
    with pytest.raises(TunebenchError, match=message):
        tunebench.study("digits", spaces=[str(space)], only="efficiency,augmentation", **SETTINGS, **places)
    assert runs(tmp_path).keys() == NAMES - {"tiny-reference"}
    assert "Does augmentation help?" in (tmp_path / "page.html").read_text()


def test_budgets_are_shared_by_the_searches() -> None:
    """What the other trainings leave, in equal parts; too little is refused."""
    shared: dict[str, Any] = {"space": "a", "part": "tuned"}
    planned = [
        PlannedRun(name="a-reference", role="reference", seconds=40.0, **shared),
        PlannedRun(name="a-tuned", role="tuned", tuner="random", seconds=500.0, **shared),
        PlannedRun(name="a-grid", role="tuner", tuner="grid", seconds=500.0, **shared),
    ]
    found = _with_budgets(planned, StudyOptions(budget="100s"))
    assert [run.budget for run in found] == [None, 30.0, 30.0]
    with pytest.raises(TunebenchError, match="too small for 2 searches: the other trainings of this study"):
        _with_budgets(planned, StudyOptions(budget="50s"))
    # Without a limit, only the tuners are compared at equal time.
    assert [run.budget for run in _with_budgets(planned, StudyOptions())] == [None, None, 500.0]


def test_augmentation_is_the_winners_own_if_it_has_some() -> None:
    """Otherwise the classic strength, or one more view of a model with a frozen network."""
    assert _augmentation({"augmentation": 0.0}, wanted=True) == {"augmentation": 0.5}
    assert _augmentation({"augmentation": 1.0}, wanted=True) == {"augmentation": 1.0}
    assert _augmentation({"augmentation": 1.0}, wanted=False) == {"augmentation": 0.0}
    assert _augmentation({"views": 4}, wanted=True) == {"views": 4}
    assert _augmentation({"views": 1}, wanted=True) == {"views": 2}
