"""Real winners are trained again in turns, and nothing but their times is kept."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import tunebench
from tests.features.test_preparation import WITH_PREFIX
from tests.small import PLAIN_SPACE, TINY_SPACE, write_space
from tunebench.errors import TrainingError, TunebenchError
from tunebench.features import FeatureCache
from tunebench.features.preparation import Preparation
from tunebench.finals import train as train_module
from tunebench.progress import SilentProgress
from tunebench.report import Report
from tunebench.runs import read_run, run_folder
from tunebench.runs.timing import TimingRecord

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 300, "test_size": 100, "epochs": 2, "seeds": 1}


class Told(SilentProgress):
    """Keeps what it is told; interrupts when a step of that name begins."""

    def __init__(self, interrupt_at: str | None = None) -> None:
        self.total = 0
        self.steps: list[str] = []
        self.results: list[str] = []
        self.ended = False
        self._interrupt_at = interrupt_at

    def begin(
        self, what: str, total: int | None, done: int = 0, time_left: Callable[[], float] | None = None
    ) -> None:
        """Keep how many steps there are."""
        del what, done, time_left
        self.total = total or 0

    def step(self, name: str, detail: str = "") -> None:
        """Keep the name."""
        del detail
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


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs, a and b, of one space."""
    folder = tmp_path_factory.mktemp("trained")
    space = write_space(folder, PLAIN_SPACE)
    for name, units in (("a", "4"), ("b", "16")):
        tunebench.train(
            str(space), hyperparameters={"units": units}, **SMALL, runs_dir=folder / "runs", name=name
        )
    return folder


@pytest.fixture
def runs(trained: Path, tmp_path: Path) -> Path:
    """A runs folder with the two of them, to be spoiled."""
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


def test_models_take_turns(runs: Path) -> None:
    """A machine that is slower for a while would slow one model, and the page would call it slow."""
    told = Told()
    report = retime(runs, 2, progress=told)
    assert told.steps == [f"{name}, repeat {number} of 2" for number in (1, 2) for name in ("a", "b")]
    assert (told.total, len(told.results), told.ended) == (4, 4, True)
    a, b = timing(runs / "a"), timing(runs / "b")
    assert a.started_at == b.started_at
    for found in (a, b):
        assert [repeat.seed for repeat in found.repeats] == [0, 1]
        for repeat in found.repeats:
            parts = repeat.prefix_seconds + repeat.setup_seconds + repeat.fit_seconds
            assert repeat.train_seconds == parts > 0
    model = report.comparison.sections[0].models[0]
    assert list(model.train_seconds.values) == [
        repeat.train_seconds for repeat in timing(runs / model.label).repeats
    ]


def test_the_training_is_that_of_the_run(runs: Path) -> None:
    """Another training would be timed: other values, another seed, other data."""
    retime(runs)
    for name in ("a", "b"):
        final, repeat = read_run(runs / name).record.finals[0], timing(runs / name).repeats[0]
        assert repeat.epochs == final.epochs == 2
        assert repeat.history["val_accuracy"] == final.history["val_accuracy"]


def test_nothing_is_kept_but_the_times(runs: Path) -> None:
    """A model would stand there that its record does not describe."""
    before = {path.name: path.read_bytes() for path in (runs / "a").iterdir()}
    retime(runs)
    after = {path.name: path.read_bytes() for path in (runs / "a").iterdir()}
    assert after.pop("timing.json")
    assert after == before


def test_no_test_image_is_looked_at(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test split is opened once per final model, after everything has been chosen."""
    handed: list[object] = []

    def train(*arguments: Any) -> Any:
        handed.extend(arguments)
        return train_module.train_under_clock(*arguments)

    monkeypatch.setattr("tunebench.finals.retime.train_under_clock", train)
    retime(runs)
    assert {type(each).__name__ for each in handed} == {
        "Preparation",
        "FinalSettings",
        "int",
        "SilentProgress",
    }
    for each in handed:
        if isinstance(each, Preparation):
            assert (len(each.data.train), len(each.data.validation)) == (240, 60)
            assert not hasattr(each.data, "test")


def test_frozen_features_are_computed_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A warm cache would make a transfer model fast because somebody else had waited."""
    space = write_space(tmp_path, WITH_PREFIX, "front")
    run = tunebench.train(str(space), **SMALL, runs_dir=tmp_path / "runs")

    def refuse(*_: object) -> None:
        pytest.fail("the cache was asked")

    monkeypatch.setattr(FeatureCache, "get_or_compute", refuse)
    retime(tmp_path / "runs", 2)
    first, second = timing(run.folder).repeats
    assert first.prefix_seconds > 0
    assert second.prefix_seconds > 0
    assert first.prefix_seconds != second.prefix_seconds


def test_an_interruption_keeps_the_finished_repeats(runs: Path) -> None:
    """An hour of training would be lost with the minute that was under way."""
    with pytest.raises(KeyboardInterrupt):
        retime(runs, 2, progress=Told(interrupt_at="b, repeat 2 of 2"))
    assert [len(timing(runs / name).repeats) for name in ("a", "b")] == [2, 1]
    with run_folder.owned(runs / "a"):
        pass


@pytest.mark.parametrize(
    ("part", "fields", "why"),
    [
        ("dataset", {"sha256": "0" * 64}, r"data are not those it was trained on.*but 00000000 was expected"),
        ("settings", {"space_sha256": "0" * 64}, r"tiny\.py has changed since it was trained"),
        ("settings", {"space_source": None}, "does not say where its space tiny lies"),
        ("settings", {"space_source": "/nowhere/tiny.py"}, "no space file /nowhere/tiny.py"),
        ("settings", {"epochs": "many"}, "not those of a final training"),
        ("environment", {"precision": "float128"}, "precision is 'float128'"),
        ("hyperparameters", {"units": -1}, r"repeat 1 of its timing failed\. Space tiny: build\(\) failed"),
    ],
)
def test_what_cannot_be_timed_is_named_and_the_rest_timed(
    runs: Path, part: str, fields: dict[str, object], why: str
) -> None:
    """Other data or other code would be timed under the run's name; or one run would stop all others."""
    change(runs / "a", part, **fields)
    report = retime(runs)
    named = [problem for problem in report.comparison.problems if str(runs / "a") in problem]
    assert len(named) == 1
    assert "\n" not in named[0]
    assert re.search(why, named[0])
    assert not (runs / "a" / "timing.json").exists()
    assert len(timing(runs / "b").repeats) == 1


def test_a_space_that_has_changed_is_not_run(tmp_path: Path) -> None:
    """Whatever stands at that path by now would be executed."""
    space = write_space(tmp_path)
    tunebench.train(str(space), **SMALL, runs_dir=tmp_path / "runs")
    ran = tmp_path / "ran"
    space.write_text(f"{TINY_SPACE}\nopen({str(ran)!r}, 'w').close()\n")
    with pytest.raises(TrainingError, match="has changed since"):
        retime(tmp_path / "runs")
    assert not ran.exists()


def test_nothing_timed_is_an_error(runs: Path) -> None:
    """The old times would be taken for new ones."""
    for name in ("a", "b"):
        change(runs / name, "dataset", sha256="0" * 64)
    with pytest.raises(
        TrainingError, match=r"a was not timed again\. .* Nor was any of the other 1\."
    ) as caught:
        retime(runs)
    assert "\n" not in str(caught.value)


def test_a_run_that_is_worked_on_is_named(runs: Path) -> None:
    """Its training would slow all others, and its record may be replaced meanwhile."""
    with run_folder.owned(runs / "a"):
        report = retime(runs)
    assert "Another tunebench process is using" in report.comparison.problems[0]
    assert not (runs / "a" / "timing.json").exists()


def test_a_record_without_the_place_of_its_space_finds_a_bundled_one(tmp_path: Path) -> None:
    """Runs of an earlier version could not be timed."""
    run = tunebench.train("cnn1", **{**SMALL, "epochs": 1}, runs_dir=tmp_path)
    record = json.loads((run.folder / "run.json").read_text())
    for name in ("space_source", "space_sha256", "data_dir"):
        del record["settings"][name]
    (run.folder / "run.json").write_text(json.dumps(record))
    retime(tmp_path)
    assert len(timing(run.folder).repeats) == 1


def test_a_new_final_training_ends_the_timing(trained: Path, runs: Path) -> None:
    """Another model's time would stand beside its accuracy."""
    retime(runs)
    assert (runs / "b" / "timing.json").exists()
    again = {**SMALL, "epochs": 1, "runs_dir": runs.parent, "name": "b"}
    tunebench.train(str(trained / "tiny.py"), **again)
    assert not (runs / "b" / "timing.json").exists()


def test_a_page_that_cannot_be_written_is_told_before_the_training(runs: Path) -> None:
    """Hours later, the times would be there and the page not."""
    told = Told()
    with pytest.raises(TunebenchError, match=r"ends in \.html"):
        retime(runs, out=runs / "page.pdf", progress=told)
    assert told.steps == []


def test_a_count_below_one_is_refused(runs: Path) -> None:
    """No training would pass for a timing."""
    with pytest.raises(TunebenchError, match="retime is 0, but at least 1"):
        retime(runs, 0)
