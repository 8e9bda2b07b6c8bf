"""What limits the figures stands wherever they do."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.synthetic_runs import FOUR, Model, write_run, write_runs
from tunebench.report import compare, markdown, terminal


def three_forms(runs_dir: Path, models: Sequence[Model]) -> list[str]:
    """The page, Markdown and the terminal's text."""
    write_runs(runs_dir, models)
    report = compare([], runs_dir, runs_dir / "page.html")
    return [
        report.page.read_text(encoding="utf-8"),
        markdown.text(report.comparison).replace("\\", ""),
        terminal.text(report.comparison),
    ]


def test_times_that_are_not_alike_say_why_wherever_they_stand(tmp_path: Path) -> None:
    """Times of two precisions would be read as those of one, or as those of two machines."""
    caveat = "Not timed alike (precision float32 or mixed_bfloat16): the times cannot be compared."
    write_run(tmp_path / "half", Model(name="half", accuracy=0.6, seconds=9, precision="mixed_bfloat16"))
    page, *others = three_forms(tmp_path, FOUR[2:])
    assert page.replace('"caveats"', "").count(caveat) == 3 + 1, "three tables and the embedded JSON"
    assert all(caveat in text for text in others)
    assert "not timed alike (precision)" in page


def test_times_taken_on_a_busy_machine_say_so_and_have_no_front(tmp_path: Path) -> None:
    """A model timed beside another program would look slower than it is, and be called dominated for it."""
    write_run(tmp_path / "beside", Model(name="beside", accuracy=0.6, seconds=90, other_load=0.45))
    page, *others = three_forms(tmp_path, FOUR[2:])
    busy = (
        "kept 45\N{NARROW NO-BREAK SPACE}% of the processor busy while beside trained: its time is too long."
    )
    assert all(busy in text for text in (page, *others))
    assert "Not timed alike (load by other programs light or heavy)" in page
    assert "No front is drawn" in page
    assert all("time the winners again on a quiet machine" in text for text in (page, others[1]))


def test_times_that_were_all_taken_on_a_busy_machine_are_too_long(tmp_path: Path) -> None:
    """All of a table could be wrong alike, and nobody would know."""
    models = [Model(name=f"m{number}", accuracy=0.6, seconds=9, other_load=number / 10) for number in (3, 5)]
    for text in three_forms(tmp_path, models):
        busy = "kept 30 to 50\N{NARROW NO-BREAK SPACE}% of the processor busy while m"
        assert busy in text
        assert "Not timed alike" not in text


@pytest.mark.parametrize("load", [None, 0.0, 0.19])
def test_a_quiet_machine_is_not_mentioned(tmp_path: Path, load: float | None) -> None:
    """Records of earlier versions, and the usual errands of a desktop, would cost every page its front."""
    models = [
        Model(name=f"m{number}", accuracy=0.6, seconds=9 + number, other_load=load) for number in (0, 1)
    ]
    models.append(Model(name="unknown", accuracy=0.5, seconds=3, other_load=None))
    for text in three_forms(tmp_path, models):
        assert "processor busy while" not in text
        assert "imed alike" not in text


@pytest.mark.parametrize("models", [4, 5])
def test_the_best_of_many_is_a_little_lucky(tmp_path: Path, models: int) -> None:
    """The first of twenty models would be expected to stay as good."""
    made = [Model(name=f"m{number}", accuracy=0.6, seconds=9, trials=3) for number in range(models)]
    assert [f"most accurate of {models} models" in text for text in three_forms(tmp_path, made)] == [
        models == 5
    ] * 3


def test_unequal_searches_are_named(tmp_path: Path) -> None:
    """A model that was tuned longer would seem the better one."""
    for text in three_forms(tmp_path, [FOUR[2], Model(name="long", accuracy=0.7, seconds=9, trials=30)]):
        assert "The searches made 8 to 30 trials" in text


def test_the_best_of_many_trials_are_called_so(tmp_path: Path) -> None:
    """A picture of the best two hundred would be called that of every trial."""
    page, *_ = three_forms(tmp_path, [Model(name="long", accuracy=0.7, seconds=9, trials=240)])
    assert "The best 200 of 206 trials" in page
    assert "Every trial" not in page


@pytest.mark.parametrize("pruned", [0, 1, 12])
def test_trials_that_were_stopped_early_count_with_what_they_had_reached(tmp_path: Path, pruned: int) -> None:
    """What makes the first epochs fast would be taken for what makes a model good."""
    page, *_ = three_forms(tmp_path, [Model(name="long", accuracy=0.7, seconds=9, trials=60, pruned=pruned)])
    assert "scores differ" in page, "importance is shown"
    assert ("weighs more here than in the end" in page) == (pruned > 0)
    assert not pruned or f"{pruned} trial{'s' if pruned > 1 else ''} stopped early, with what" in page


def test_the_page_counts_the_comparisons_that_were_corrected_for(tmp_path: Path) -> None:
    """The page would state a stricter correction than was made."""
    folders = write_runs(tmp_path)
    (folders[0] / "predictions-0.npz").unlink()
    page = compare([], tmp_path, tmp_path / "page.html").page.read_text(encoding="utf-8")
    assert "correction for 3 comparisons" in page
