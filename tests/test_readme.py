"""The commands that the README shows are run."""

import shlex
from pathlib import Path

import pytest

from tests.documents import ROOT, lines
from tunebench.cli.main import main

# The same command on fewer images: the last of two equal options counts.
FEW = ["--train-size", "100", "--test-size", "20", "--trials", "1", "--epochs", "1", "--seeds", "1"]


@pytest.mark.slow
def test_its_two_commands_write_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They can be copied, and the page is where the README says."""
    monkeypatch.chdir(tmp_path)
    search, compare = [line for line in lines(ROOT / "README.md") if line.startswith("tunebench ")]
    main([*shlex.split(search)[1:], *FEW])
    main(shlex.split(compare)[1:])
    assert (tmp_path / "reports" / "comparison.html").exists()
