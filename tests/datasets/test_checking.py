"""`tunebench check`: the same summary as text and JSON."""

import json
from pathlib import Path

import pytest

from tests.datasets.photographs import write_class, write_oddities
from tunebench.cli.main import main
from tunebench.datasets import load
from tunebench.datasets.checking import check


def test_a_folder_with_every_oddity(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON has all that the text says."""
    write_oddities(tmp_path / "odd")
    main(["check", str(tmp_path / "odd"), "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert found["classes"]["cats"].keys() == {"train", "test"}
    assert {each["file"] for each in found["left_out"]} == {
        "cats/empty.jpg",
        "cats/truncated.jpg",
        "cats/text.png",
    }
    assert ["cats/000.png", "cats/copy.png"] in found["duplicates"]
    assert found["conflicts"][0]["labels"] == ["cats", "dogs"]
    assert found["ignored"][".txt files"] == 1
    main(["check", str(tmp_path / "odd")])
    printed = capsys.readouterr().out
    assert "Left out: 3 files" in printed
    assert "3 sizes: " in printed
    assert all(line.isprintable() for line in printed.splitlines())


def test_a_named_data_set() -> None:
    """Its classes are counted, and no copies are found where there are none."""
    found = check(load("digits", train_size=100, test_size=50))
    assert (sum(found.counts("train")), sum(found.counts("test"))) == (100, 50)
    assert found.summary.duplicates == []


def test_bad_data_ends_with_status_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And one line."""
    write_class(tmp_path / "only", 3, 0)
    with pytest.raises(SystemExit) as ended:
        main(["check", str(tmp_path)])
    assert ended.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1
