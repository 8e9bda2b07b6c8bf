"""What the page says of a search."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.synthetic_report import section_of
from tests.synthetic_runs import Model
from tunebench.report.search_view import search_summary
from tunebench.runs import Run


def _summary(tmp_path: Path, **search: Any) -> str:
    """The sentences about a search with these fields in its record."""
    (model,) = section_of(tmp_path, [Model(name="one", accuracy=0.7, seconds=9, trials=20)]).models
    assert model.record.search is not None
    record = replace(model.record, search=replace(model.record.search, **search))
    changed = replace(model, run=Run(model.run.folder, record))
    return search_summary(changed).replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_starting_points_are_named(tmp_path: Path) -> None:
    """A reader learns that a search did not begin at random."""
    assert "began" not in _summary(tmp_path / "0")
    one = _summary(tmp_path / "1", starting_points=1)
    assert " It began with the defaults and 1 starting point of the space. Best validation" in one
    assert "2 starting points of the space" in _summary(tmp_path / "2", starting_points=2)


def test_what_confirming_the_winner_changed(tmp_path: Path) -> None:
    """The winner comes first; the page says whether it had the highest first score."""
    stayed = _summary(tmp_path / "0", confirmed={"3": [0.71, 0.70], "5": [0.70, 0.68]})
    assert "trained again with another seed: trial 3 stayed the best (71.0 % and 70.0 %)." in stayed
    changed = _summary(tmp_path / "1", confirmed={"5": [0.70, 0.72], "3": [0.71, 0.69]})
    assert "trial 5 (70.0 % and 72.0 %) won against trial 3 (71.0 % and 69.0 %)." in changed
