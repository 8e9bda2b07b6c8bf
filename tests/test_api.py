"""The library, in this process: what a run keeps, takes over and refuses."""

import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import tunebench
from tests.small import TINY_SPACE, write_space
from tunebench.errors import RunFolderError, SpaceError
from tunebench.runs import Run, run_folder

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 300, "test_size": 100, "epochs": 2, "seeds": 1}


def _search(folder: Path, **settings: Any) -> Run:
    space = folder / "tiny.py"
    if not space.exists():
        write_space(folder)
    return tunebench.search(str(space), **{**SMALL, "trials": 1, "runs_dir": folder / "runs", **settings})


def _train(folder: Path, **settings: Any) -> Run:
    write_space(folder)
    return tunebench.train(str(folder / "tiny.py"), **{**SMALL, "runs_dir": folder / "runs", **settings})


def test_importing_the_package_offers_the_library() -> None:
    """`import tunebench; tunebench.search(...)` is what the README promises."""
    assert {"search", "train", "compare", "TunebenchError"} <= set(tunebench.__all__)
    with pytest.raises(AttributeError, match="serach"):
        _ = tunebench.serach


def test_the_chosen_precision_is_the_models(tmp_path: Path) -> None:
    """Clearing Keras between trials resets it, and every model would be float32."""
    run = _search(tmp_path, precision="mixed_bfloat16")
    assert run.record.environment.precision == "mixed_bfloat16"
    model = keras.saving.load_model(run.folder / "model-0.keras", safe_mode=True)
    policies = {layer.dtype_policy.name for layer in model.layers if layer.name.startswith("dense")}
    assert policies == {"mixed_bfloat16"}
    assert keras.config.dtype_policy().name == "float32"


def test_the_record_says_where_space_and_data_lie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From another folder, the winner could not be trained again."""
    space = write_space(tmp_path)
    monkeypatch.chdir(tmp_path)
    settings = tunebench.train(space.name, **SMALL, data_dir="data").record.settings
    assert (settings["space_source"], settings["data_dir"]) == (str(space), str(tmp_path / "data"))
    assert settings["space_sha256"] == hashlib.sha256(space.read_bytes()).hexdigest()
    settings = tunebench.train("cnn1", **{**SMALL, "epochs": 1}).record.settings
    assert (settings["space_source"], settings["data_dir"]) == ("cnn1", None)


def test_a_saved_model_carries_no_optimizer(tmp_path: Path) -> None:
    """Adam's slots would triple the size that the report compares."""
    run = _search(tmp_path)
    model = keras.saving.load_model(run.folder / "model-0.keras", safe_mode=True)
    assert not model.compiled


def test_an_unchanged_command_does_no_work_twice_and_rewrites_no_history(tmp_path: Path) -> None:
    """Its record would say that it was made later, by another command."""
    first = _search(tmp_path)
    written = (first.folder / "run.json").read_bytes()
    again = _search(tmp_path, command="something else")
    assert (again.folder / "run.json").read_bytes() == written
    assert len((again.folder / "finals.jsonl").read_bytes().splitlines()) == 1


def test_another_test_split_is_tested_anew(tmp_path: Path) -> None:
    """Accuracies on 100 images would be recorded as those on 200."""
    _search(tmp_path)
    run = _search(tmp_path, test_size=200)
    assert run.record.dataset.test_size == 200
    probabilities = run.predictions(0).probabilities
    assert len(probabilities) == 200
    labels = run.predictions(0).labels
    assert run.record.finals[0].test_accuracy == np.mean(probabilities.argmax(axis=1) == labels)
    assert len(run.trials) == 1


def test_more_seeds_keep_those_that_were_trained(tmp_path: Path) -> None:
    """A final training may take an hour."""
    one = _search(tmp_path).record.finals
    two = _search(tmp_path, seeds=2).record.finals
    assert [final.seed for final in two] == [0, 1]
    assert two[0] == one[0]


def test_the_old_record_goes_before_its_models_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption would leave the record of one model beside the files of another."""
    run = _search(tmp_path)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tunebench.finals.keep.train_final", interrupt)
    with pytest.raises(KeyboardInterrupt):
        _search(tmp_path, test_size=200)
    assert not (run.folder / "run.json").exists()


def test_a_baseline_does_not_overwrite_a_search(tmp_path: Path) -> None:
    """An environment variable with a name in it is enough to hit this."""
    run = _search(tmp_path, name="mine")
    ledger = (run.folder / "trials.jsonl").read_bytes()
    with pytest.raises(RunFolderError, match="holds a search, which a baseline would overwrite"):
        _train(tmp_path, name="mine")
    assert (run.folder / "trials.jsonl").read_bytes() == ledger


def test_two_processes_do_not_work_in_one_folder(tmp_path: Path) -> None:
    """Their trials would interleave in one ledger, and no resume would match it."""
    folder = run_folder.prepare(tmp_path / "runs", "digits", "tiny")
    with (
        run_folder.owned(folder),
        pytest.raises(RunFolderError, match=r"Another tunebench process is using .* or use another --name"),
    ):
        _search(tmp_path)
    assert _search(tmp_path).record.search is not None


def test_fresh_clears_what_a_killed_process_left(tmp_path: Path) -> None:
    """Half-written files would stay for ever."""
    folder = run_folder.prepare(tmp_path, "digits", "tiny")
    (folder / ".writing-abc.keras").touch()
    (folder / "notes.txt").touch()
    run_folder.clear(folder)
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\nb", "r\udce9"])
def test_a_run_has_a_plain_name(tmp_path: Path, name: str) -> None:
    """It becomes a folder, and a line on a page."""
    with pytest.raises(RunFolderError, match="cannot be called"):
        run_folder.prepare(tmp_path, "digits", name)


def test_values_of_a_baseline_are_read_as_their_own_type(tmp_path: Path) -> None:
    """The text 16 is no number of units."""
    run = _train(tmp_path, hyperparameters={"units": "16", "batch_size": 64})
    assert run.record.settings["set"] == "units=16, batch_size=64"
    assert (run.record.hyperparameters["units"], run.record.hyperparameters["batch_size"]) == (16, 64)
    assert run.record.kind == "default"


def test_a_torn_line_of_the_finals_costs_only_its_own_training(tmp_path: Path) -> None:
    """The next line would be appended to it, and be lost as well."""
    run = _search(tmp_path, seeds=2)
    finals = run.folder / "finals.jsonl"
    whole = finals.read_bytes()
    finals.write_bytes(whole[:-10])
    (run.folder / "run.json").unlink()
    again = _search(tmp_path, seeds=2)
    assert len(again.record.finals) == 2
    for line in finals.read_bytes().splitlines():
        json.loads(line)


def test_a_value_that_has_no_effect_is_refused(tmp_path: Path) -> None:
    """The user would compare L2 with L2 switched off."""
    with pytest.raises(SpaceError, match=r"l2 has no effect unless regularize=True\. Add --set"):
        tunebench.train("cnn1", hyperparameters={"l2": "0.01"}, **SMALL, runs_dir=tmp_path)


def test_a_handle_that_leads_nowhere_stops_only_what_needs_it(tmp_path: Path) -> None:
    """The variable may be set for another space."""
    assert _search(tmp_path, backbone=str(tmp_path / "absent")).record.settings["backbone"] is None


def test_a_space_may_import_its_neighbour(tmp_path: Path) -> None:
    """As a script may."""
    (tmp_path / "neighbour_of_tiny.py").write_text("UNITS = [4, 8, 16]\n")
    source = TINY_SPACE.replace("import keras\n", "import keras\nfrom neighbour_of_tiny import UNITS\n", 1)
    write_space(tmp_path, source.replace("[4, 8, 16]", "UNITS"))
    assert _search(tmp_path).record.ranges["units"] == [4, 8, 16]
