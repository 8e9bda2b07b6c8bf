"""``tunebench show``, as a user runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.synthetic_runs import FOUR, Model, write_run
from tunebench.cli.show import show
from tunebench.errors import RunFolderError


def test_the_trials_of_a_run(tmp_path: Path) -> None:
    """A user would have to read JSON lines."""
    folder = write_run(tmp_path / "cnn1", FOUR[0])
    table = CliRunner().invoke(show, [str(folder)])
    assert table.exit_code == 0
    assert table.stdout.splitlines()[0].startswith("trial")
    printed = CliRunner().invoke(show, [str(folder), "--format", "json"])
    assert len(json.loads(printed.stdout)) == FOUR[0].trials


def test_a_baseline_has_none_and_says_so(tmp_path: Path) -> None:
    """An empty table without a word."""
    folder = write_run(tmp_path / "base", Model(name="base", accuracy=0.5, seconds=3, tuned=False))
    printed = CliRunner().invoke(show, [str(folder), "--format", "csv"])
    assert printed.exit_code == 0
    assert "nothing was tuned" in printed.stderr
    assert len(printed.stdout.splitlines()) == 1


def test_an_unknown_run_is_an_error_to_mend(tmp_path: Path) -> None:
    """A traceback for a mistyped path."""
    with pytest.raises(RunFolderError, match="There is no run at"):
        CliRunner().invoke(show, [str(tmp_path / "nowhere")], catch_exceptions=False)
