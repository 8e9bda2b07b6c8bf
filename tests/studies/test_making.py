"""The runs of a study in turn, without training: what is said of their time, and when it is up."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tunebench.errors import TunebenchError
from tunebench.progress import Progress
from tunebench.runs.study_record import PlannedRun
from tunebench.studies import making
from tunebench.studies.conduct import _announce_left_out, _announce_trials
from tunebench.studies.estimate import Pace
from tunebench.study_options import StudyOptions


class Heard(Progress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.left: list[float] = []

    def note(self, message: str) -> None:
        """Keep it."""
        self.notes.append(message)

    def run(self, name: str, number: int, total: int, seconds_left: float) -> None:
        """Keep the time."""
        del name, number, total
        self.left.append(seconds_left)


def planned(name: str, seconds: float, budget: float | None = None) -> PlannedRun:
    """A run that is expected to take so long."""
    return PlannedRun(
        name=name, space="a", part="reference", role="reference", seconds=seconds, budget=budget
    )


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Heard]:
    """Makes runs that take the seconds in a table, on a clock of their own; 0: they fail."""

    def call(waiting: list[PlannedRun], take: dict[str, float], budget: float | None = None) -> Heard:
        clock, heard = [0.0], Heard()

        def fake(folder: Path, run: PlannedRun, *rest: Any) -> None:
            del folder, rest
            clock[0] += take[run.name]
            if not take[run.name]:
                raise TunebenchError("no")

        monkeypatch.setattr(making, "_make", fake)
        monkeypatch.setattr(making, "time", SimpleNamespace(monotonic=lambda: clock[0]))
        options = StudyOptions(progress=heard, budget=budget)
        making.make_all(tmp_path, len(waiting), waiting, {"a": "a"}, options, 0.0, {})
        return heard

    return call


def test_the_time_left_is_corrected_by_the_runs_before(make: Callable[..., Heard], tmp_path: Path) -> None:
    """But not by one that an earlier command had nearly finished, one that failed, or a time limit."""
    waiting = [planned(name, 10.0) for name in ("resumed", "failed", "slow", "last")]
    waiting.insert(2, planned("limited", 10.0, budget=10.0))
    (tmp_path / "resumed").mkdir()
    (tmp_path / "resumed" / "finals.jsonl").write_text("{}\n")
    heard = make(waiting, {"resumed": 0.1, "failed": 0.0, "limited": 9.0, "slow": 20.0, "last": 10.0})
    assert heard.left == [50.0, 40.0, 30.0, 20.0, 20.0]


def test_a_run_that_would_not_end_in_time_is_left(make: Callable[..., Heard]) -> None:
    """The first one is made in any case, so that each command gets on."""
    waiting = [planned(name, 10.0) for name in ("a", "b", "c", "d")]
    heard = make(waiting, dict.fromkeys("abcd", 10.0), budget=20.0)
    assert len(heard.left) == 2
    assert heard.notes == [
        "The time is up: 2 runs left, about 20 s, of which the next takes 10 s. The same command continues."
    ]
    assert len(make(waiting, dict.fromkeys("abcd", 10.0), budget=1.0).left) == 1


def test_the_plan_says_what_is_left_out() -> None:
    """And why; nothing if all is there or of a part that is not wanted."""
    heard, slow = Heard(), {"cnn2": 6.08, "c3": 10.3}
    for images in (300, 50, 5000):
        _announce_left_out(images, 10, {}, StudyOptions(), heard)
    _announce_left_out(5000, 10, slow, StudyOptions(), heard)
    _announce_left_out(50, 10, slow, StudyOptions(only="tuners", quick=True), heard)
    _announce_left_out(5000, 10, {}, StudyOptions(quick=True), heard)
    assert heard.notes == [
        "  left out of data: 10 and 20 % of 300 images, which is fewer than 8 of each class",
        "  left out of data: 10, 20, 40 and 80 % of 50 images, which is fewer than 8 of each class",
        "  left out of efficiency: half precision, in which steps take longer (6.1× for cnn2, 10.3× for c3)",
        "  left out of a quick study: early-stopping and tuners, which need more epochs and trials",
    ]


@pytest.mark.parametrize(("budget", "told"), [(30.0, True), (3000.0, False), (None, False)])
def test_a_budget_that_leaves_hardly_time_to_search_is_named(budget: float | None, *, told: bool) -> None:
    """With the number of trials of each space; a search that is not limited has its own."""
    heard = Heard()
    search = PlannedRun(name="a-tuned", space="a", part="tuned", role="tuned", tuner="random", budget=budget)
    _announce_trials([search], {"a": Pace(setup=1.0, step=0.1)}, 500, StudyOptions(), heard)
    assert [line.split(".")[0] for line in heard.notes] == (
        ["The searches have time for about so many trials: a 1"] if told else []
    )
