"""Progress: estimates, durations, plain lines and the live display."""

import io
import os
import pty
import subprocess
import sys

import pytest
from rich.console import Console

from tunebench.progress import Estimate, Progress, duration
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
def test_durations_read_as_a_person_says_them(seconds: float, words: str) -> None:
    """60 s or 1 min 60 s would look like a mistake."""
    assert duration(seconds) == words


def test_what_remains_is_estimated_from_this_sessions_steps() -> None:
    """Trials replayed in no time would make the estimate far too short."""
    times = iter([100.0, 130.0])
    estimate = Estimate(total=10, done=4, now=lambda: next(times))
    assert estimate.remaining_seconds() is None
    estimate.step_done()
    estimate.step_done()
    assert estimate.remaining_seconds() == pytest.approx(15.0 * 4)


def test_where_the_time_ends_a_stage_it_is_what_remains() -> None:
    """A search that a budget ends would be said to need hours more, or nothing would be said."""
    times = iter([100.0, 130.0])
    estimate = Estimate(total=10, time_left=lambda: 70.0, now=lambda: next(times))
    assert (estimate.remaining_seconds(), estimate.counted) == (None, "0/10")
    estimate.step_done()
    assert (estimate.remaining_seconds(), estimate.counted) == (70.0, "1/10")
    # The last step may well end before the time is up.
    times = iter([100.0, 130.0])
    estimate = Estimate(total=10, time_left=lambda: 1000.0, now=lambda: next(times))
    estimate.step_done()
    assert estimate.remaining_seconds() == pytest.approx(30.0 * 9)
    estimate = Estimate(total=None, time_left=lambda: -1.0, now=lambda: 0.0)
    estimate.step_done()
    assert (estimate.remaining_seconds(), estimate.counted) == (0.0, "1")


def test_a_stage_without_a_known_number_of_steps_counts_them() -> None:
    """It would be shown as trial 1 of None."""
    stream = io.StringIO()
    for progress in (
        LineProgress(stream),
        LiveProgress(Console(file=stream, force_terminal=True, width=120)),
    ):
        progress.begin("trial", None, time_left=lambda: 90.0)
        progress.step("trial 1")
        progress.finish("val. accuracy 0.5000", 0.5)
        progress.end()
    told = stream.getvalue()
    assert "trial: as many as the time allows" in told
    assert "trial 1: val. accuracy 0.5000, best 0.5000, about 1 min 30 s left" in told
    assert "1 val. accuracy 0.5000" in told
    assert "None" not in told


def _tell(progress: Progress) -> None:
    progress.begin("trial", 3, done=1)
    progress.step("trial 2", "units=[8]")
    progress.batch(10, 20)
    progress.epoch(1, 2, 0.5)
    progress.finish("val. accuracy 0.5000", 0.75)
    progress.end()
    progress.note("done [bold]")


def test_a_log_gets_a_line_per_finished_step() -> None:
    """A log full of half-drawn bars cannot be read."""
    stream = io.StringIO()
    _tell(LineProgress(stream))
    lines = stream.getvalue().splitlines()
    assert lines[0] == "trial: 3, 1 of them done before"
    assert lines[1].startswith("trial 2/3: val. accuracy 0.5000, best 0.7500, about ")
    assert lines[1].endswith(" left")
    assert lines[2:] == ["done [bold]"]


def test_the_live_display_keeps_results_and_shows_brackets_as_text() -> None:
    """Hyperparameters in brackets would be taken for markup and vanish, or fail the search."""
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    _tell(LiveProgress(console))
    assert isinstance(console.file, io.StringIO)
    drawn = console.file.getvalue()
    assert "2/3 val. accuracy 0.5000" in drawn
    assert "units=[8]" in drawn
    assert "done [bold]" in drawn


def test_steps_that_run_at_once_have_a_bar_each() -> None:
    """One worker's epochs would be drawn into another's bar."""
    live = LiveProgress(Console(file=io.StringIO(), force_terminal=True, width=120))
    live.begin("trial", 4)
    for name in ("trial 1", "trial 2", "trial 3"):
        live.step(name)
    live.epoch(2, 9, 0.5, "trial 1")
    live.epoch(4, 9, 0.5)
    live.finish("done", 0.5, "trial 2")
    assert live._bars is not None
    drawn = {task.description: task.completed for task in live._bars.tasks}
    live.end()
    assert drawn == {"trial": 1, "trial 1": 2, "trial 3": 4}


def test_a_terminal_gets_the_live_display() -> None:
    """A user at a terminal would sit before a silent screen."""
    program = "from tunebench.progress import choose; print(type(choose()).__name__)"
    controller, terminal = pty.openpty()
    in_terminal = subprocess.run(
        [sys.executable, "-c", program], stderr=terminal, stdout=subprocess.PIPE, text=True, check=True
    )
    os.close(terminal)
    os.close(controller)
    in_pipe = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert (in_terminal.stdout, in_pipe.stdout) == ("LiveProgress\n", "LineProgress\n")
