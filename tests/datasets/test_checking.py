"""`tunebench check`: near duplicates, and the same summary as text and JSON."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.datasets.photographs import encoded, picture, write_class, write_oddities
from tunebench.cli.main import main
from tunebench.datasets import load
from tunebench.datasets.checking import check
from tunebench.datasets.duplicates import near_pairs, perceptual_hashes


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 63), st.integers(0, 63)), max_size=12))
def test_near_hashes_are_found(drawn: list[tuple[int, int, int]]) -> None:
    """Every pair that differs in at most three bits is found, and none in more than four."""
    hashes = np.array([hash_ ^ flip for hash_, a, b in drawn for flip in (0, (1 << a) | (1 << b))], np.uint64)
    found = set(near_pairs(hashes))
    for one in range(len(hashes)):
        for other in range(one + 1, len(hashes)):
            distance = int(np.bitwise_count(hashes[one] ^ hashes[other]))
            assert distance > 3 or (one, other) in found
            assert distance <= 4 or (one, other) not in found


def test_an_image_of_another_quality_is_a_near_duplicate() -> None:
    """Other images are not."""
    images = np.stack([picture(seed, 96, 128) for seed in range(40)])
    again = Image.open(io.BytesIO(encoded(Image.fromarray(images[7]), "JPEG", quality=80)))
    hashes = perceptual_hashes([images, np.asarray(again)[np.newaxis]])
    assert near_pairs(hashes) == [(7, 40)]


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
