"""``tunebench show``."""

import json
from pathlib import Path

import pytest

from tests.synthetic_runs import FOUR, Model, write_run, write_runs
from tunebench.cli.main import main

Capture = pytest.CaptureFixture[str]


def test_the_trials_of_a_run(tmp_path: Path, capsys: Capture) -> None:
    """A table, or JSON with an object per trial."""
    folder = str(write_run(tmp_path / "cnn1", FOUR[0]))
    main(["show", folder])
    assert capsys.readouterr().out.splitlines()[0].startswith("trial")
    main(["show", folder, "--format", "json"])
    assert len(json.loads(capsys.readouterr().out)) == FOUR[0].trials


def test_a_run_is_also_found_in_the_runs_folder(tmp_path: Path, capsys: Capture) -> None:
    """By its place there; a run that is nowhere is named as it was given."""
    write_runs(tmp_path / "elsewhere", FOUR[:1])
    main(["show", "cifar10/cnn1", "--runs-dir", str(tmp_path / "elsewhere"), "--format", "json"])
    assert len(json.loads(capsys.readouterr().out)) == FOUR[0].trials
    with pytest.raises(SystemExit):
        main(["show", "cifar10/cnn2", "--runs-dir", str(tmp_path / "elsewhere")])
    assert "elsewhere" not in capsys.readouterr().err


def test_a_baseline_has_no_trials_and_says_so(tmp_path: Path, capsys: Capture) -> None:
    """The note goes to standard error, so that the CSV stays readable."""
    folder = write_run(tmp_path / "base", Model(name="base", accuracy=0.5, seconds=3, tuned=False))
    main(["show", str(folder), "--format", "csv"])
    printed = capsys.readouterr()
    assert "has no trials" in printed.err
    assert len(printed.out.splitlines()) == 1
