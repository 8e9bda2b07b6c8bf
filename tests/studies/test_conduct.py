"""A study: planned, killed, continued, refused and widened."""

import json
import math
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.small import UNTRACED_SPACE, write_space
from tunebench.cli.main import main
from tunebench.errors import TunebenchError
from tunebench.runs import read_run
from tunebench.studies import estimate

pytestmark = pytest.mark.slow

Capture = pytest.CaptureFixture[str]
ONLY = "reference,augmentation"
SETTINGS: dict[str, Any] = {"trials": 1, "epochs": 1, "seeds": 1, "train_size": 100, "test_size": 50}
# Its models refuse one precision on demand.
SPACE = UNTRACED_SPACE.replace("import keras\n", "import os\n\nimport keras\n", 1).replace(
    "    model = ",
    "    if keras.config.dtype_policy().name == os.environ.get('REFUSED'): raise ValueError('too coarse')\n"
    "    model = ",
)
NAMES = {f"tiny-{role}" for role in ("reference", "tuned", "plain", "augmented")}


def command(folder: Path, only: str = ONLY, **changed: Any) -> list[str]:
    """A small study's arguments."""
    places = ["--runs-dir", str(folder / "runs"), "--out", str(folder / "page.html")]
    settings = {**SETTINGS, **changed}
    options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
    space = str(write_space(folder, SPACE))
    return ["study", "--dataset", "digits", "--spaces", space, "--only", only, *options, *places]


def runs(folder: Path) -> dict[str, list[Any]]:
    """What each finished run found, without its times."""
    found = {}
    for path in (folder / "runs" / "study" / "digits").glob("*/run.json"):
        record = read_run(path).record
        finals = [(final.seed, final.test_accuracy, final.test_loss, final.epochs) for final in record.finals]
        found[record.name] = [record.hyperparameters, finals]
    return found


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished study."""
    folder = tmp_path_factory.mktemp("finished")
    main(command(folder))
    return folder


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """A folder with a copy of the finished study, which a test may change."""
    shutil.copytree(finished / "runs", tmp_path / "runs")
    return tmp_path


def test_a_killed_study_continues_to_the_same_result(finished: Path, copy: Path) -> None:
    """Killed in a part, the same command makes what is missing and writes the page."""
    folder = copy / "runs" / "study" / "digits"
    for name in ("plain", "augmented"):
        shutil.rmtree(folder / f"tiny-{name}")
    process = subprocess.Popen([sys.executable, "-m", "tunebench", *command(copy)], stderr=subprocess.DEVNULL)
    while process.poll() is None and not (folder / "tiny-plain" / "run.json").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert "tiny-augmented" not in runs(copy)
    main(command(copy))
    assert runs(copy) == runs(finished)
    assert runs(copy).keys() == NAMES
    assert (copy / "page.html").exists()


def test_a_finished_study_only_writes_the_page_again(
    copy: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No run is touched; standard error says that all are done. The page is named after the study's data."""
    records = {path: path.stat().st_mtime_ns for path in copy.rglob("run.json")}
    monkeypatch.chdir(copy)
    main([each for each in command(copy) if each != "--out" and not each.endswith(".html")])
    printed = capsys.readouterr()
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("run.json")} == records
    assert printed.err.splitlines()[0].endswith("digits: 4 runs, 4 already done")
    assert "Does augmentation help?" in printed.out
    # So that studies of several data sets keep theirs.
    assert "reports/study-digits.html" in printed.out
    assert "what helps?" in (copy / "reports" / "study-digits.html").read_text()


def test_a_run_of_a_study_is_an_ordinary_run(finished: Path, tmp_path: Path, capsys: Capture) -> None:
    """It can be shown and compared alone."""
    folder = finished / "runs" / "study" / "digits"
    main(["show", str(folder / "tiny-tuned")])
    main(
        [
            "compare",
            str(folder / "tiny-plain"),
            str(folder / "tiny-augmented"),
            "--out",
            str(tmp_path / "two.html"),
        ]
    )
    assert "what helps?" not in capsys.readouterr().out


def test_a_study_is_continued_only_with_the_same_options(finished: Path, capsys: Capture) -> None:
    """One line names the difference; another name keeps both."""
    with pytest.raises(SystemExit, match="1"):
        main(command(finished, epochs=2))
    error = capsys.readouterr().err.splitlines()[-1]
    assert (
        "was started with other settings (--epochs 1 then, --epochs 2 now). Use the earlier settings" in error
    )


def test_more_seeds_continue_a_study(finished: Path, copy: Path, capsys: Capture) -> None:
    """Only the new ones are trained."""
    main(command(copy, only="reference", seeds=2))
    assert "digits: 1 run, about" in capsys.readouterr().err
    before, after = runs(finished)["tiny-reference"][1], runs(copy)["tiny-reference"][1]
    assert (after[0], len(after)) == (before[0], 2)


def test_what_is_slow_in_half_precision_is_not_trained_in_it(
    copy: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is timed once; the plan, the page and every later command know it."""
    monkeypatch.setattr(estimate, "SLOW_IN_HALF", 0.0)
    main(command(copy, only="efficiency"))
    assert "left out of efficiency: half precision, in which steps take longer " in capsys.readouterr().err
    assert "so this model was not trained in half precision" in (copy / "page.html").read_text()
    main(command(copy, only="efficiency"))
    assert "Timing" not in capsys.readouterr().err
    assert runs(copy).keys() == NAMES


def test_a_run_that_fails_does_not_stop_the_others(
    copy: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why is said once, when it happens; the error names it at the end, and the page has the rest.

    The same command tries it again. Other parts that are there are not trained again.
    """
    folder = copy / "runs" / "study" / "digits"
    monkeypatch.setattr(estimate, "SLOW_IN_HALF", math.inf)
    monkeypatch.setenv("REFUSED", "mixed_bfloat16")
    lines = fails(command(copy, only="efficiency,augmentation"), capsys)
    assert "Of the study, these failed: tiny-half-precision. The other runs " in lines[-1]
    assert lines[-1].endswith(" tries these again.")
    assert runs(copy).keys() == NAMES
    assert "Does augmentation help?" in (copy / "page.html").read_text()
    (told,) = [line for line in lines if "too coarse" in line]
    assert "Fix the space, delete the folders of its runs and run the command again." in told
    monkeypatch.delenv("REFUSED")
    main(command(copy, only="efficiency"))
    assert "digits: 3 runs, 2 already done" in capsys.readouterr().err
    assert runs(copy).keys() == NAMES | {"tiny-half-precision"}
    record = json.loads((folder / "study.json").read_text())
    assert [run["name"] for run in record["runs"]][-1] == "tiny-half-precision"
    assert "Does half precision help?" in (copy / "page.html").read_text()


def test_runs_that_other_code_made_are_deleted_first(copy: Path) -> None:
    """The error names them, and the advice works."""
    space = write_space(copy, f"{SPACE}# fixed\n")
    places: dict[str, Any] = {"runs_dir": copy / "runs", "out": copy / "page.html"}
    message = "The code of the space tiny has changed .*: " + ", ".join(
        f"tiny-{role}" for role in ("reference", "tuned", "plain", "augmented")
    )
    with pytest.raises(TunebenchError, match=message):
        tunebench.study("digits", spaces=[str(space)], only="efficiency", **SETTINGS, **places)
    for name in runs(copy):
        shutil.rmtree(copy / "runs" / "study" / "digits" / name)
    tunebench.study("digits", spaces=[str(space)], only="reference", **SETTINGS, **places)
    assert runs(copy).keys() == {"tiny-reference"}


def fails(arguments: list[str], capsys: Capture) -> list[str]:
    """The lines on standard error of a study that ends with exit status 1."""
    with pytest.raises(SystemExit, match="1"):
        main(arguments)
    return capsys.readouterr().err.splitlines()


def test_a_damaged_plan_is_deleted_and_made_again(copy: Path, capsys: Capture) -> None:
    """The advice works: finished runs are recognised, and nothing is timed for them."""
    path = copy / "runs" / "study" / "digits" / "study.json"
    for damaged in (b"", b"[]", b"[" * 5000):
        path.write_bytes(damaged)
        (error,) = fails(command(copy), capsys)
        assert "Restore it from a copy, or delete it: the study's command then plans again" in error
    path.unlink()
    main(command(copy))
    assert capsys.readouterr().err.splitlines()[0].endswith("digits: 4 runs, 4 already done")


def test_a_budget_that_nothing_fits_into_is_refused(tmp_path: Path, capsys: Capture) -> None:
    """Before anything is written, so that a larger one is accepted."""
    error = fails(command(tmp_path, only="reference", budget="1s"), capsys)[-1]
    assert "A budget of 1.0 s is not enough for the next run, tiny-reference, which takes about" in error
    assert not (tmp_path / "runs" / "study" / "digits" / "study.json").exists()


def test_another_run_in_the_place_of_a_planned_one_is_named(copy: Path, capsys: Capture) -> None:
    """Once; it is not used, and neither is what needs it."""
    folder = copy / "runs" / "study" / "digits"
    shutil.rmtree(folder / "tiny-plain")
    shutil.copytree(folder / "tiny-tuned", folder / "tiny-plain")
    lines = fails(command(copy), capsys)
    assert sum("tuner: random instead of none, patience: 3 instead of none" in line for line in lines) == 1
    assert "these failed: tiny-plain." in lines[-1]


def test_a_winner_that_was_edited_is_not_trained(copy: Path, capsys: Capture) -> None:
    """The runs that need it say so."""
    folder = copy / "runs" / "study" / "digits"
    for name in ("plain", "augmented"):
        shutil.rmtree(folder / f"tiny-{name}")
    record = json.loads((folder / "tiny-tuned" / "run.json").read_text())
    record["hyperparameters"]["units"] = 7
    (folder / "tiny-tuned" / "run.json").write_text(json.dumps(record))
    lines = fails(command(copy), capsys)
    assert sum("is none of the trials in that folder" in line for line in lines) == 2
    assert not runs(copy).keys() & {"tiny-plain", "tiny-augmented"}


def test_the_error_of_a_run_says_what_helps_in_a_study(copy: Path, capsys: Capture) -> None:
    """Not the options of other commands; a file in the place of its folder is to be moved away."""
    folder = copy / "runs" / "study" / "digits" / "tiny-reference"
    (folder / "train.json").write_text("{")
    text = "\n".join(fails(command(copy, only="reference", seeds=2), capsys))
    assert text.count("train.json cannot be read") == 1
    assert f"Delete {folder} to make this run again" in text
    assert "--fresh" not in text
    shutil.rmtree(folder)
    folder.write_text("")
    text = "\n".join(fails(command(copy, only="reference"), capsys))
    assert f"{folder} is a file or a broken link, but a folder was expected. Move it away" in text


def test_names_that_no_run_can_have_are_refused_first(tmp_path: Path, capsys: Capture) -> None:
    """That of the study, and those of space files."""
    (error,) = fails([*command(tmp_path), "--name=../evil"], capsys)
    assert "A study cannot be called '../evil'" in error
    for name in ("-x", "~x", ".hid", "a\nb"):
        space = write_space(tmp_path, SPACE, name)
        (error,) = fails([*command(tmp_path), f"--spaces={space}"], capsys)
        assert "Expected a plain name, such as my_space.py; rename the file." in error
    assert not (tmp_path / "runs").exists()


def test_a_space_that_builds_no_model_does_not_stop_the_others(tmp_path: Path, capsys: Capture) -> None:
    """It is named at once and at the end, and tried again by the same command."""
    broken = write_space(
        tmp_path, SPACE.replace("    model = ", "    raise ValueError('no')\n    model = "), "bad"
    )
    arguments = command(tmp_path, only="reference")
    arguments.append(f"--spaces={broken},{tmp_path / 'tiny.py'}")
    lines = fails(arguments, capsys)
    (told,) = [line for line in lines if "ValueError: no" in line]
    assert told.startswith("The space bad is left out: ")
    assert "these failed: bad. The other runs are on the page" in lines[-1]
    assert runs(tmp_path).keys() == {"tiny-reference"}


def test_a_study_is_no_run(finished: Path, capsys: Capture) -> None:
    """The error of `show` names its runs."""
    (error,) = fails(["show", str(finished / "runs" / "study" / "digits")], capsys)
    assert "digits holds a study. Expected one of its runs: tiny-augmented, tiny-plain, " in error
