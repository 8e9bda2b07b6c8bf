"""What is said under the plot of accuracy against time, and only what is to be seen there."""

from pathlib import Path

import pytest

from tests.synthetic_runs import Model, write_runs
from tunebench.report import compare


@pytest.mark.parametrize(("seconds", "drawn"), [(50, False), (0.5, True)])
def test_the_front_is_explained_where_it_is_drawn(tmp_path: Path, seconds: float, *, drawn: bool) -> None:
    """One model is ahead of all: a line would be looked for that is not there."""
    models = [Model(name="a", accuracy=0.9, seconds=5), Model(name="b", accuracy=0.4, seconds=seconds)]
    write_runs(tmp_path / "runs", models)
    page = compare([], tmp_path / "runs", tmp_path / "page.html").page.read_text(encoding="utf-8")
    assert ("The line is the most accurate model" in page) == drawn


@pytest.mark.parametrize(("accuracy", "dominated"), [(0.4, True), (0.89, False)])
def test_hollow_points_are_explained(tmp_path: Path, accuracy: float, *, dominated: bool) -> None:
    """Two kinds of points would differ by their colour alone, and nobody would say what they mean."""
    models = [Model(name="a", accuracy=0.9, seconds=5), Model(name="b", accuracy=accuracy, seconds=50)]
    write_runs(tmp_path / "runs", models)
    page = compare([], tmp_path / "runs", tmp_path / "page.html").page.read_text(encoding="utf-8")
    assert ("Small hollow points are dominated" in page) == dominated
    assert ("Large hollow points lie behind another model" in page) != dominated
