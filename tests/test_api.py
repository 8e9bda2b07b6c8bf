"""The library: what a run keeps, what a repeated command does again, and what is refused."""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tunebench
from tests.small import UNTRACED_SPACE, write_space
from tests.tuning.searches import Notes
from tunebench import spaces
from tunebench.errors import RunFolderError, SearchError, SpaceError
from tunebench.finals.train import train_final
from tunebench.runs import Run, read_run, run_folder

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 200, "test_size": 100, "epochs": 2, "seeds": 1}
TEXTS: dict[str, Any] = {"units": "16", "batch_size": 64}


def _search(folder: Path, source: str = UNTRACED_SPACE, **settings: Any) -> Run:
    # A path may be given as such.
    space = write_space(folder, source)
    return tunebench.search(space, trials=1, runs_dir=folder / "runs", **SMALL, **settings)


def _search_again(run: Run, **settings: Any) -> Run:
    """Run the same command again, or with other settings."""
    runs_dir = run.folder.parents[1]
    space = str(run.record.settings["space_source"])
    return tunebench.search(space, **{**SMALL, "trials": 1, "runs_dir": runs_dir, **settings})


def _train(folder: Path, **settings: Any) -> Run:
    space = str(write_space(folder, UNTRACED_SPACE))
    return tunebench.train(space, **{**SMALL, "runs_dir": folder / "runs", **settings})


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished search."""
    folder = tmp_path_factory.mktemp("searched")
    _search(folder)
    return folder


@pytest.fixture
def run(searched: Path, tmp_path: Path) -> Run:
    """A copy of that search."""
    shutil.copytree(searched / "runs", tmp_path / "runs")
    return read_run(tmp_path / "runs" / "digits" / "tiny")


def test_importing_the_package_offers_the_library() -> None:
    """The public names can be used after `import tunebench`; others are an AttributeError."""
    assert {"search", "train", "compare", "TunebenchError"} <= set(tunebench.__all__)
    with pytest.raises(AttributeError, match="serach"):
        _ = tunebench.serach


def test_the_record_of_a_baseline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the values, and absolute paths, so that the model can be trained again from any folder.

    Those of a bundled space are in tests/finals/test_retime.py.
    """
    space = write_space(tmp_path, UNTRACED_SPACE)
    monkeypatch.chdir(tmp_path)
    run = tunebench.train(space.name, **SMALL, data_dir="data", hyperparameters=TEXTS)
    settings = run.record.settings
    assert (settings["space_source"], settings["data_dir"]) == (str(space), str(tmp_path / "data"))
    assert settings["space_sha256"] == hashlib.sha256(space.read_bytes()).hexdigest()
    # Text is converted to the type of the hyperparameter.
    assert settings["set"] == "units=16, batch_size=64"
    assert (run.record.hyperparameters["units"], run.record.hyperparameters["batch_size"]) == (16, 64)
    assert run.record.kind == "default"


def test_an_unchanged_command_trains_and_writes_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record keeps its first date and command; weights that the space does not use need not exist.

    A note says so, unless the environment names them for all spaces.
    """
    written = (run.folder / "run.json").read_bytes()
    absent, notes = str(tmp_path / "absent"), Notes()
    again = _search_again(run, command="something else", backbone=absent, progress=notes)
    assert "has no frozen_prefix, so --backbone has an effect only if" in "".join(notes.notes)
    monkeypatch.setenv("TUNEBENCH_BACKBONE", absent)
    _search_again(run, backbone=absent, progress=(for_all := Notes()))
    assert "--backbone" not in "".join(for_all.notes)
    assert again.record.settings["backbone"] is None
    assert (run.folder / "run.json").read_bytes() == written
    assert len((run.folder / "finals.jsonl").read_bytes().splitlines()) == 1


def test_a_run_made_before_an_option_existed_is_complete(run: Run) -> None:
    """The same command neither trains nor writes anything, because the option has the default it had then."""
    for name, path in (("settings", run.folder / "run.json"), ("", run.folder / "search.json")):
        content = json.loads(path.read_text())
        settings = content[name] if name else content
        for option in ("class_weights", *(["objective"] if name else [])):
            del settings[option]
        path.write_text(json.dumps(content))
    written = (run.folder / "run.json").read_bytes()
    _search_again(run)
    assert (run.folder / "run.json").read_bytes() == written
    assert len((run.folder / "finals.jsonl").read_bytes().splitlines()) == 1


def test_another_test_split_trains_the_final_models_again(run: Run) -> None:
    """The accuracy is that on the new test images; trials, which saw none, are kept."""
    again = _search_again(run, test_size=200)
    assert again.record.dataset.test_size == 200
    predictions = again.predictions(0)
    assert len(predictions.labels) == 200
    assert again.record.finals[0].test_accuracy == np.mean(predictions.correct)
    assert again.trial_records == run.trial_records


def test_interrupted_final_trainings_resume(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """More seeds keep the finished models, and a line that a crash cut off costs only its own training."""

    def interrupt(*arguments: Any) -> Any:
        if arguments[3] == 2:  # the seed
            raise KeyboardInterrupt
        return train_final(*arguments)

    monkeypatch.setattr("tunebench.finals.keep.train_final", interrupt)
    with pytest.raises(KeyboardInterrupt):
        _search_again(run, seeds=3)
    # The record still describes the model that it did.
    assert read_run(run.folder).record == run.record
    finals = run.folder / "finals.jsonl"
    content = finals.read_bytes()
    assert content.count(b"\n") == 2
    finals.write_bytes(content[:-10])
    again = _search_again(run, seeds=2)
    assert [final.seed for final in again.record.finals] == [0, 1]
    assert again.record.finals[0] == run.record.finals[0]
    assert [json.loads(line)["final"]["seed"] for line in finals.read_bytes().splitlines()] == [0, 1]


def test_a_baseline_does_not_overwrite_a_search(run: Run, tmp_path: Path) -> None:
    """A baseline of the same name is refused."""
    ledger = (run.folder / "trials.jsonl").read_bytes()
    with pytest.raises(RunFolderError, match="holds a search, which a baseline would overwrite"):
        _train(tmp_path, name="tiny")
    assert (run.folder / "trials.jsonl").read_bytes() == ledger


def test_a_baseline_is_continued_only_by_the_same_one(tmp_path: Path) -> None:
    """More seeds are trained; other settings, code or a search are refused until the user decides."""
    first = _train(tmp_path)
    files = {path.name: path.read_bytes() for path in first.folder.iterdir()}
    for changed, what in (
        ({"epochs": 1}, "epochs: 2 then, 1 now"),
        ({"hyperparameters": {"units": 16}}, "hyperparameters units: 8 then, 16 now"),
        ({"train_size": 300}, "the images differ"),
        ({"seed": 1}, "seed: 0 then, 1 now"),
    ):
        with pytest.raises(SearchError, match=f"The baseline in .*tiny-default was started with .*{what}"):
            _train(tmp_path, **changed)
    with pytest.raises(RunFolderError, match="holds a baseline, which a search would overwrite"):
        _search(tmp_path, name="tiny-default")
    assert {path.name: path.read_bytes() for path in first.folder.iterdir()} == files
    more = _train(tmp_path, seeds=2)
    assert (more.record.finals[0], len(more.record.finals)) == (first.record.finals[0], 2)
    again = _train(tmp_path, epochs=1, fresh=True)
    assert again.record.settings["epochs"] == 1
    assert not (again.folder / "model-1.keras").exists()


def test_two_processes_do_not_use_one_folder(run: Run) -> None:
    """The second is refused until the first has ended."""
    with (
        run_folder.owned(run.folder),
        pytest.raises(RunFolderError, match=r"Another tunebench .* or use another --name"),
    ):
        _search_again(run)
    assert _search_again(run).record == run.record


def test_a_search_without_early_stopping_is_another_search(run: Run) -> None:
    """Its trials would train longer."""
    with pytest.raises(SearchError, match="patience: 16 then, None now"):
        _search_again(run, patience=None)


def test_a_value_that_has_no_effect_is_refused(tmp_path: Path) -> None:
    """The error says which other value makes the hyperparameter active."""
    with pytest.raises(SpaceError, match=r"regularize=True\. Add --set"):
        tunebench.train("cnn1", hyperparameters={"l2": "0.01"}, **SMALL, runs_dir=tmp_path)


def test_a_search_may_fix_a_value_that_its_winner_does_not_have(tmp_path: Path) -> None:
    """A conditional hyperparameter counts only in the trials that have it."""
    extra = '    with hp.conditional_scope("units", [16]):\n        hp.Choice("extra", [1, 2])\n'
    source = UNTRACED_SPACE.replace('    hp.Choice("batch_size"', f'{extra}    hp.Choice("batch_size"')
    fixed = {"extra": 2}
    space = write_space(tmp_path, source)
    found = tunebench.search(space, hyperparameters=fixed, trials=1, runs_dir=tmp_path / "runs", **SMALL)
    assert found.record.hyperparameters["units"] == 8
    assert "extra" not in found.record.hyperparameters


def test_values_that_exclude_each_other_are_refused(tmp_path: Path) -> None:
    """A search says so before its first trial, unless the condition is left to it."""
    settings = {**SMALL, "trials": 1, "runs_dir": tmp_path}
    with pytest.raises(SpaceError, match="l2 has no effect unless regularize=True"):
        tunebench.search("cnn1", hyperparameters={"l2": 1e-3, "regularize": False}, **settings)


def test_a_space_may_import_a_module_beside_it(tmp_path: Path) -> None:
    """As a script may."""
    (tmp_path / "neighbour_of_tiny.py").write_text("UNITS = [4, 8, 16]\n")
    source = UNTRACED_SPACE.replace(
        "import keras\n", "import keras\nfrom neighbour_of_tiny import UNITS\n", 1
    )
    space = spaces.find(str(write_space(tmp_path, source.replace("[4, 8, 16]", "UNITS"))))
    declared = {hp.name: hp for hp in spaces.declare(space, (32, 32, 3), 10).space}
    assert declared["units"].values == [4, 8, 16]
