"""What the page says of a search."""

from dataclasses import replace
from typing import Any

import pytest

from tests.synthetic_report import section_of
from tests.synthetic_runs import Model
from tunebench.comparison import ModelSummary
from tunebench.report.search_view import search_summary
from tunebench.runs import Run


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelSummary:
    """A tuned model."""
    (found,) = section_of(
        tmp_path_factory.mktemp("runs"), [Model(name="one", accuracy=0.7, seconds=9)]
    ).models
    return found


def _summary(model: ModelSummary, **search: Any) -> str:
    """The sentences about a search with these fields in its record."""
    assert model.record.search is not None
    record = replace(model.record, search=replace(model.record.search, **search))
    changed = replace(model, run=Run(model.run.folder, record))
    return search_summary(changed).replace("\N{NARROW NO-BREAK SPACE}", " ")


def test_starting_points_are_named(model: ModelSummary) -> None:
    """A reader learns that a search did not begin at random."""
    assert "began" not in _summary(model)
    one = _summary(model, starting_points=1)
    assert " It began with 1 starting point of the space and the defaults. Best validation" in one
    assert "2 starting points of the space and the defaults" in _summary(model, starting_points=2)
    assert " 2 starting points of the space. " in _summary(model, starting_points=2, trials=2)


def test_what_confirming_the_winner_changed(model: ModelSummary) -> None:
    """The winner comes first; the page says whether it had the highest first score."""
    stayed = _summary(model, confirmed={"3": [0.71, 0.70], "5": [0.70, 0.68]})
    assert "trained again with another seed: trial 3 stayed the best (71.0 % and 70.0 %)." in stayed
    changed = _summary(model, confirmed={"5": [0.70, 0.72], "3": [0.71, 0.69]})
    assert "trial 5 (70.0 % and 72.0 %) won against trial 3 (71.0 % and 69.0 %)." in changed
