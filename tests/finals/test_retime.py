"""Winners are trained again in turns, and only their times are kept."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.small import UNTRACED_SPACE, write_space
from tests.synthetic_timings import time_again
from tunebench.errors import TrainingError, TunebenchError
from tunebench.objectives import ACCURACY, Objective
from tunebench.progress import Estimate, SilentProgress
from tunebench.report import Report
from tunebench.runs import read_run, run_folder
from tunebench.runs.timing import TimingRecord

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 100, "test_size": 50, "epochs": 2, "seeds": 1}


class Events(SilentProgress):
    """Keeps progress events; interrupts when a step of a given name begins."""

    def __init__(self, interrupt_at: str | None = None) -> None:
        self.total = 0
        self.steps: list[str] = []
        self.results: list[str] = []
        self.ended = False
        self._interrupt_at = interrupt_at

    def begin(self, what: str, estimate: Estimate) -> None:
        """Keep how many steps there are."""
        del what
        self.total = estimate.total or 0

    def step(self, name: str, detail: str = "", objective: Objective = ACCURACY) -> None:
        """Keep the name."""
        del detail, objective
        self.steps.append(name)
        if name == self._interrupt_at:
            raise KeyboardInterrupt

    def finish(self, result: str, best: float | None, step: str = "") -> None:
        """Keep the result."""
        del best, step
        self.results.append(result)

    def end(self) -> None:
        """Keep that the stage ended."""
        self.ended = True


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two finished runs, a and b, of one space."""
    folder = tmp_path_factory.mktemp("trained")
    space = str(write_space(folder, UNTRACED_SPACE))
    for name, units in (("a", "4"), ("b", "16")):
        values = {"units": units}
        tunebench.train(space, hyperparameters=values, **SMALL, runs_dir=folder / "runs", name=name)
    return folder


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    """A copy of the two runs, to be changed."""
    shutil.copytree(trained / "runs", tmp_path / "runs")
    return tmp_path / "runs" / "digits"


def retime(runs: Path, repeats: int = 1, **settings: Any) -> Report:
    """Compare the runs in a folder after timing them again."""
    settings = {"out": runs.parent / "page.html", **settings}
    return tunebench.compare(runs_dir=runs, retime=repeats, gallery=False, **settings)


def timing(folder: Path) -> TimingRecord:
    """A run's timing."""
    found = read_run(folder).timing
    assert found is not None
    return found


def change(folder: Path, name: str, **fields: object) -> None:
    """Write other values into a part of a run's record."""
    record = json.loads((folder / "run.json").read_text())
    record[name] = {**record[name], **fields}
    (folder / "run.json").write_text(json.dumps(record))


def test_models_train_again_in_turns(runs: Path) -> None:
    """Each repeat is the run's own training with the next seed; the page shows its times, no file changes."""
    before = {path.name: path.read_bytes() for path in (runs / "a").iterdir()}
    events = Events()
    report = retime(runs, 2, progress=events)
    assert events.steps == [f"{name}, repeat {number} of 2" for number in (1, 2) for name in ("a", "b")]
    assert (events.total, len(events.results), events.ended) == (4, 4, True)
    assert timing(runs / "a").started_at == timing(runs / "b").started_at
    assert timing(runs / "a").command == "tunebench.compare(…)"
    for name in ("a", "b"):
        found, final = timing(runs / name), read_run(runs / name).record.finals[0]
        assert [repeat.seed for repeat in found.repeats] == [0, 1]
        for repeat in found.repeats:
            parts = repeat.prefix_seconds + repeat.setup_seconds + repeat.fit_seconds
            assert repeat.train_seconds == parts > 0
        assert found.repeats[0].epochs == final.epochs == 2
        assert found.repeats[0].history["val_accuracy"] == final.history["val_accuracy"]
    model = report.comparison.sections[0].models[0]
    repeated = [repeat.train_seconds for repeat in timing(runs / model.label).repeats]
    assert list(model.train_seconds.values) == repeated
    after = {path.name: path.read_bytes() for path in (runs / "a").iterdir()}
    assert after.pop("timing.json")
    assert after == before


def test_an_interruption_keeps_the_finished_repeats(runs: Path) -> None:
    """Their times are kept, and the folders are free for other commands."""
    with pytest.raises(KeyboardInterrupt):
        retime(runs, 2, progress=Events(interrupt_at="b, repeat 1 of 2"))
    assert len(timing(runs / "a").repeats) == 1
    assert read_run(runs / "b").timing is None
    with run_folder.owned(runs / "a"):
        pass


NOT_TIMED: list[tuple[str, dict[str, object], str]] = [
    ("dataset", {"sha256": "0" * 64}, r"data are not those it was trained on.*but 00000000 was expected"),
    ("settings", {"space_sha256": "0" * 64}, r"tiny\.py .* has changed since it was trained"),
    ("settings", {"space_sha256": None}, "does not say where its space tiny"),
    ("settings", {"space_source": None}, "Its space tiny was given as a Python object"),
    ("settings", {"space_source": "/nowhere/tiny.py"}, "no space file /nowhere/tiny.py"),
    ("settings", {"epochs": "many"}, "not those of a final training"),
    ("settings", {"refit_epochs": "many"}, "refit_epochs is 'many'"),
    ("environment", {"precision": "float128"}, "precision='float128'"),
    ("hyperparameters", {"units": -1}, r"repeat 1 of its timing failed\. Space tiny: build\(\) failed"),
]


def test_runs_that_cannot_be_timed_are_named(runs: Path) -> None:
    """Each gives one line that says why, and the other runs are timed."""
    for number, (part, fields, _) in enumerate(NOT_TIMED):
        shutil.copytree(runs / "a", runs / f"a{number}")
        change(runs / f"a{number}", part, **fields)
    with run_folder.owned(runs / "a"):
        problems = retime(runs).comparison.problems
    expected = {f"a{number}": why for number, (*_, why) in enumerate(NOT_TIMED)}
    expected["a"] = "Another tunebench"
    for name, why in expected.items():
        (line,) = (problem for problem in problems if re.search(rf"{re.escape(str(runs / name))}\b", problem))
        assert "\n" not in line
        assert re.search(why, line)
        assert not (runs / name / "timing.json").exists()
    assert len(timing(runs / "b").repeats) == 1


def test_a_space_that_has_changed_is_not_imported(trained: Path, tmp_path: Path) -> None:
    """What is in the file now is not run; without any run to time, that is an error."""
    space, ran = write_space(tmp_path, UNTRACED_SPACE), tmp_path / "ran"
    shutil.copytree(trained / "runs", tmp_path / "runs")
    folder = tmp_path / "runs" / "digits"
    for name in ("a", "b"):
        change(folder / name, "settings", space_source=str(space))
    space.write_text(f"{UNTRACED_SPACE}\nopen({str(ran)!r}, 'w').close()\n")
    with pytest.raises(
        TrainingError, match=r"a was not timed again\. .* Runs that were not timed again: 2\."
    ) as caught:
        retime(folder)
    assert "\n" not in str(caught.value)
    assert not ran.exists()


def test_a_record_without_its_spaces_source_finds_a_bundled_space(runs: Path) -> None:
    """Runs of versions that did not record the source can be timed again."""
    shutil.rmtree(runs / "b")
    record = json.loads((runs / "a" / "run.json").read_text())
    for name in ("space_source", "space_sha256", "data_dir"):
        del record["settings"][name]
    record |= {"space": "cnn1", "hyperparameters": {}}
    (runs / "a" / "run.json").write_text(json.dumps(record))
    retime(runs)
    assert len(timing(runs / "a").repeats) == 1


def test_a_new_final_training_deletes_the_timing(trained: Path, runs: Path) -> None:
    """Times of the old model do not appear beside the new one."""
    time_again(runs / "b", [3.0])
    settings = {**SMALL, "epochs": 1, "runs_dir": runs.parent, "name": "b", "fresh": True}
    tunebench.train(str(trained / "tiny.py"), **settings)
    assert not (runs / "b" / "timing.json").exists()


@pytest.mark.parametrize(
    ("repeats", "page", "message"),
    [(1, "page.pdf", r"ends in \.html"), (0, "page.html", "Expected a whole number")],
)
def test_wrong_arguments_are_refused_before_any_training(
    runs: Path, repeats: int, page: str, message: str
) -> None:
    """The page must be an HTML file, and the number of repeats at least 1."""
    events = Events()
    with pytest.raises(TunebenchError, match=message):
        retime(runs, repeats, out=runs / page, progress=events)
    assert events.steps == []
