"""Predictions as text: every name is safe in every format."""

import csv
import json
from collections.abc import Iterable
from typing import get_args

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tunebench.plain_text import clean
from tunebench.use.predict import Prediction
from tunebench.use.prediction_text import Format, prediction_lines

CLASSES = ("cats", 'a "b", c', "\x1b[31mred")
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


def predictions(names: Iterable[str]) -> list[Prediction]:
    """One for each name: 0.25 cats, 0.75 of the second class, hardly any of the third."""
    shares = np.array([0.25, 0.75, 1e-9], np.float32)
    return [Prediction(name, shares, CLASSES) for name in names]


def text(names: Iterable[str], style: Format, top: int) -> str:
    """All lines."""
    return "\n".join(prediction_lines(predictions(names), style, top))


def test_csv_has_a_line_for_each_image_and_class() -> None:
    """With the columns file, rank, label and probability."""
    assert text(["a.png", "b,c.png"], "csv", 2).splitlines() == [
        "file,rank,label,probability",
        'a.png,1,"a ""b"", c",0.75',
        "a.png,2,cats,0.25",
        '"b,c.png",1,"a ""b"", c",0.75',
        '"b,c.png",2,cats,0.25',
    ]


@given(st.lists(NAMES, min_size=1, max_size=4))
def test_any_name_can_be_written(names: list[str]) -> None:
    """Nothing controls a terminal or breaks a line; JSON keeps the name itself."""
    table = text(names, "table", 3)
    assert clean(table.replace("\n", "")) == table.replace("\n", "")
    assert len(table.split("\n")) == len(names)
    rows = list(csv.reader(text(names, "csv", 3).splitlines()))
    assert [row[1] for row in rows[1:]] == ["1", "2", "3"] * len(names)
    assert [row[0].removeprefix("'") for row in rows[1::3]] == [
        clean(name).removeprefix("'") for name in names
    ]
    document = text(names, "json", 3)
    assert clean(document.replace("\n", "")) == document.replace("\n", "")
    assert [each["file"] for each in json.loads(document)] == names


def test_bytes_that_are_not_utf_8_are_replaced() -> None:
    """In all formats, so that every reader accepts them."""
    name = b"caf\xe9.png".decode(errors="surrogateescape")
    for style in get_args(Format):
        written = text([name], style, 1)
        written.encode()
        assert ".png" in written
        assert "caf" in written


def test_json_is_a_list_with_an_object_on_each_line() -> None:
    """Without any prediction nothing is written, as an error follows."""
    lines = text(["a.png", "b.png"], "json", 1).splitlines()
    assert len(lines) == 3
    assert json.loads(lines[1].lstrip(",")) == {
        "file": "b.png",
        "predictions": [{"label": 'a "b", c', "probability": 0.75}],
    }
    assert text([], "json", 1) == text([], "csv", 1) == ""
