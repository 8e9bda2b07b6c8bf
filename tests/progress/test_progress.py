"""Progress: estimates, durations, plain lines and the live display."""

import io
import os
import pty
import sys

import pytest
from rich.console import Console

from tunebench.objectives import OBJECTIVES
from tunebench.progress import Estimate, Progress, choose, duration
from tunebench.progress.lines import LineProgress
from tunebench.progress.live import LiveProgress


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.99, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3599.6, "1 h"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    """Durations round to at most two units."""
    assert duration(seconds) == words


def test_the_remaining_time_is_estimated_from_this_sessions_steps() -> None:
    """Steps of earlier sessions do not count in the mean duration."""
    times = iter([100.0, 130.0])
    estimate = Estimate(total=10, done=4, now=lambda: next(times))
    assert estimate.remaining_seconds() is None
    estimate.step_done()
    estimate.step_done()
    assert estimate.remaining_seconds() == pytest.approx(15.0 * 4)


def test_what_follows_a_stage_is_part_of_the_remaining_time() -> None:
    """It is added to the steps left, also to none, and a time limit bounds the sum."""
    times, left = iter([100.0, 120.0, 140.0, 140.0]), [1000.0]
    estimate = Estimate(2, 0, lambda: left[0], lambda: 70.0, now=lambda: next(times))
    estimate.step_done()
    assert estimate.remaining_seconds() == pytest.approx(20 + 70)
    estimate.step_done()
    assert estimate.outlook(None) == ["about 1 min 10 s left"]
    left[0] = 50.0
    assert estimate.remaining_seconds() == 50.0


def test_a_line_tells_the_time_left_of_all_stages() -> None:
    """Each display adds what follows the stage."""
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    stream = io.StringIO()
    lines, live = LineProgress(stream), LiveProgress(console)
    for progress in (lines, live):
        progress.begin("trial", Estimate(1, afterwards=lambda: 90.0))
        progress.step("trial 0000")
        progress.finish("pruned", 0.5, "trial 0000")
        progress.end()
    assert isinstance(console.file, io.StringIO)
    assert "about 1 min 30 s left" in stream.getvalue()
    assert "about 1 min 30 s left" in console.file.getvalue()


def test_the_runs_of_a_study_are_counted() -> None:
    """A line names the run that starts and the time left for all; a terminal draws a bar for them."""
    stream = io.StringIO()
    LineProgress(stream).run("cnn3-tuned", 2, 27, 125.0)
    assert stream.getvalue() == "Run 2 of 27: cnn3-tuned (about 2 min 5 s left)\n"
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    live = LiveProgress(console)
    live.run("cnn3-tuned", 2, 27, 125.0)
    live.begin("trial", Estimate(5))
    live.end()
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    assert "1/27" in shown
    assert "about 2 min 5 s left" in shown


def test_a_time_limit_bounds_the_remaining_time() -> None:
    """The smaller of the estimate and the time limit counts; a limit that has passed gives zero."""
    times = iter([100.0, 130.0])
    estimate = Estimate(total=10, time_left=lambda: 70.0, now=lambda: next(times))
    assert (estimate.remaining_seconds(), estimate.counted) == (None, "0/10")
    estimate.step_done()
    assert (estimate.remaining_seconds(), estimate.counted) == (70.0, "1/10")
    # The last step may finish before the time limit.
    times = iter([100.0, 130.0])
    estimate = Estimate(total=10, time_left=lambda: 1000.0, now=lambda: next(times))
    estimate.step_done()
    assert estimate.remaining_seconds() == pytest.approx(30.0 * 9)
    estimate = Estimate(total=None, time_left=lambda: -1.0, now=lambda: 0.0)
    estimate.step_done()
    assert (estimate.remaining_seconds(), estimate.counted) == (0.0, "1")


def test_a_stage_without_a_number_of_steps_counts_them() -> None:
    """Both displays count finished steps without a total."""
    stream = io.StringIO()
    for progress in (
        LineProgress(stream),
        LiveProgress(Console(file=stream, force_terminal=True, width=120)),
    ):
        progress.begin("trial", Estimate(None, time_left=lambda: 90.0))
        progress.step("trial 1")
        progress.finish("val. accuracy 0.5000", 0.5)
        progress.end()
    written = stream.getvalue()
    assert "trials: as many as the time allows" in written
    assert "trial 1: val. accuracy 0.5000, best 0.5000, about 1 min 30 s left" in written
    assert "1 val. accuracy 0.5000" in written
    assert "None" not in written


def _report(progress: Progress) -> None:
    progress.begin("trial", Estimate(3, done=1))
    progress.step("trial 0001", "units=[8]")
    progress.batch(10, 20)
    progress.epoch(1, 2, 0.5)
    progress.finish("val. accuracy 0.5000", 0.75, "trial 0001")
    progress.end()
    progress.note("done [bold]")


def test_the_live_display_names_the_objective() -> None:
    """An epoch's value is that of the objective that its step was started with."""
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    live = LiveProgress(console)
    live.begin("trial", Estimate(1))
    live.step("trial 1", objective=OBJECTIVES["loss"])
    live.epoch(1, 2, 0.25)
    live.end()
    assert isinstance(console.file, io.StringIO)
    assert "val. loss 0.2500" in console.file.getvalue()


def test_a_log_gets_a_line_per_finished_step() -> None:
    """A log has a line for the stage and one per step, which names a trial as the records do."""
    stream = io.StringIO()
    _report(LineProgress(stream))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "3 trials, 1 already done"
    assert lines[1].startswith("trial 2/3 (0001): val. accuracy 0.5000, best 0.7500, about ")
    assert lines[1].endswith(" left")
    assert lines[2:] == ["done [bold]"]


def test_the_live_display_keeps_results_and_shows_brackets_as_text() -> None:
    """Results stay on the screen, and square brackets are not interpreted as markup."""
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    _report(LiveProgress(console))
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    assert "2/3 trial 0001: val. accuracy 0.5000" in drawn
    assert "units=[8]" in drawn
    assert "done [bold]" in drawn


def test_concurrent_steps_have_separate_bars() -> None:
    """Epochs advance the bar of their own step."""
    live = LiveProgress(Console(file=io.StringIO(), force_terminal=True, width=120))
    live.begin("trial", Estimate(4))
    for name in ("trial 1", "trial 2", "trial 3"):
        live.step(name)
    live.epoch(2, 9, 0.5, "trial 1")
    live.epoch(4, 9, 0.5)
    live.finish("done", 0.5, "trial 2")
    assert live._bars is not None
    drawn = {task.description: task.completed for task in live._bars.tasks}
    live.end()
    assert drawn == {"trial": 1, "trial 1": 2, "trial 3": 4}


def test_a_terminal_gets_the_live_display(monkeypatch: pytest.MonkeyPatch) -> None:
    """The live display is chosen in a terminal, plain lines elsewhere."""
    controller, terminal = pty.openpty()
    with os.fdopen(terminal, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert isinstance(choose(), LiveProgress)
    os.close(controller)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(choose(), LineProgress)
