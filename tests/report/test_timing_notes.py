"""Notes on models that were timed again."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.synthetic_report import write_report
from tests.synthetic_runs import FOUR, write_runs
from tests.synthetic_timings import time_again
from tunebench.comparison import Section, compare_runs
from tunebench.report.caveats import caveats
from tunebench.report.next_steps import next_steps
from tunebench.report.timing_notes import timed_again, timed_apart
from tunebench.report.words import plain
from tunebench.runs import select_runs

EARLIER = "2026-11-20T10:00:00+01:00"


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """The four models' runs."""
    return write_runs(tmp_path / "runs")


def section_of(folders: list[Path]) -> Section:
    """The section of these runs."""
    return compare_runs(select_runs(folders, folders[0])).sections[0]


def test_the_note_gives_day_repeats_and_machine(folders: list[Path]) -> None:
    """Models timed again in one session get one note and no caveat."""
    for folder in folders:
        time_again(folder, [5.0, 6.0, 7.0])
    section = section_of(folders)
    note = "Timed again on 25 Nov 2026: three repeats per model, interleaved, on 2 CPU cores."
    assert (timed_again(section), timed_apart(section)) == (note, "")


def test_an_interrupted_session_gives_the_range_of_repeats(folders: list[Path]) -> None:
    """Different numbers of repeats are stated."""
    for number, folder in enumerate(folders):
        time_again(folder, [5.0, 6.0] if number else [5.0, 6.0, 7.0])
    section = section_of(folders)
    assert "two to three repeats per model" in timed_again(section)
    assert any("Fewer than three repeats for some models" in caveat for caveat in caveats(section))


def test_sessions_are_listed_if_they_differ(folders: list[Path]) -> None:
    """Times from different sessions are a caveat that names the models of each."""
    time_again(folders[0], [5.0, 6.0, 7.0])
    time_again(folders[1], [5.0, 6.0, 7.0], started_at=EARLIER)
    section = section_of(folders)
    assert timed_again(section) == ""
    assert timed_apart(section) == (
        "Timed in different sessions (mobilenet_v2 and cnn3 when trained; cnn2 again on 20 Nov 2026, 10:00; "
        "cnn1 again on 25 Nov 2026, 10:00): the load of the machine may have differed."
    )


def _retime(folders: list[Path]) -> str:
    return " ".join(["tunebench compare", *map(str, folders), "--retime 3"])


def test_runs_that_were_not_timed_again_get_no_note(folders: list[Path]) -> None:
    """Neither a note nor a caveat nor a next step about timing appears."""
    section = section_of(folders)
    assert timed_again(section) == timed_apart(section) == ""
    assert not any("--retime" in plain(step) for step in next_steps(section))


def test_timing_again_is_the_next_step_after_different_machines(folders: list[Path]) -> None:
    """Times from different machines suggest the command that makes them comparable."""
    time_again(folders[0], [5.0, 6.0, 7.0], device="GPU: one")
    step = f"time the winners again on one machine: {_retime(folders)}."
    assert any(step in plain(each) for each in next_steps(section_of(folders)))


def test_what_is_timed_again_as_recorded_needs_new_runs(tmp_path: Path) -> None:
    """Timing again would keep each run's precision."""
    half = replace(FOUR[3], precision="mixed_bfloat16")
    steps = [plain(each) for each in next_steps(section_of(write_runs(tmp_path, [FOUR[2], half])))]
    assert "To compare training times, make the runs again with the same --precision." in steps


@pytest.mark.parametrize(
    ("load", "paused", "when"),
    [(0.5, 0.0, "the machine is quiet: other"), (0.0, 9.0, "nothing stops it: a")],
)
def test_a_disturbed_timing_is_not_simply_repeated(
    folders: list[Path], load: float, paused: float, when: str
) -> None:
    """If all models were just timed again, the next step says what has to be different."""
    for folder in folders:
        time_again(folder, [5.0, 6.0, 7.0], other_load=load, paused_seconds=paused)
    (step,) = (text for each in next_steps(section_of(folders)) if "--retime" in (text := plain(each)))
    assert step.startswith(f"Run compare --retime again when {when} ")


def test_a_busy_machine_is_named_before_the_first_timing_again(folders: list[Path]) -> None:
    """If only some models were timed again, all have to be, on a quiet machine."""
    time_again(folders[0], [5.0, 6.0, 7.0], other_load=0.5)
    step = f"time the winners again on a quiet machine: {_retime(folders)}."
    assert any(step in plain(each) for each in next_steps(section_of(folders)))


def test_a_single_model_is_not_interleaved(folders: list[Path]) -> None:
    """With one model, the note gives only its repeats."""
    time_again(folders[0], [5.0])
    note = "Timed again on 25 Nov 2026: one repeat, on 2 CPU cores."
    assert timed_again(section_of(folders[:1])) == note


def test_new_times_replace_the_old_ones_everywhere(folders: list[Path]) -> None:
    """JSON, table and the page's provenance show the repeats, their times and their device."""
    time_again(folders[0], [5.0, 7.0], device="GPU: one", command="tunebench compare --retime 2")
    report = write_report(folders[0].parents[1], gallery=False)
    (section,) = json.loads(report.json.read_text())["sections"]
    assert section["timed_again"] == {"cnn1": {"started_at": "2026-11-25T10:00:00+01:00", "repeats": 2}}
    row = report.table.set_index("model").loc["cnn1"]
    assert list(row[["train_seconds", "prefix_seconds", "device"]]) == [6.0, 3.0, "GPU: one"]
    again = "10:00 by tunebench compare --retime 2, seeds 0, 1; GPU: one, 2 CPU cores, Linux"
    page = re.sub(r'<span class="option">(.*?)</span>', r"\1", report.page.read_text(encoding="utf-8"))
    assert again in page
