"""The command that tunes another model on the images of a lone run."""

import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.synthetic_report import section_of
from tests.synthetic_runs import CIFAR10, Data, Model
from tunebench.cli.search import search
from tunebench.comparison import compare_runs
from tunebench.record_json import to_json
from tunebench.records import HyperparameterValue
from tunebench.report.next_steps import next_steps
from tunebench.report.words import Code, plain
from tunebench.runs import select_runs


def _suggested(
    runs_dir: Path, data: Data = CIFAR10, settings: Mapping[str, HyperparameterValue | None] | None = None
) -> dict[str, Any]:
    """What the command line understands of the suggestion for a run of such images."""
    lone = Model(name="cnn1", accuracy=0.5, seconds=5, settings=dict(settings or {}))
    *_, step = next_steps(section_of(runs_dir, [lone], data))
    (command,) = (part for part in step if isinstance(part, Code))
    program, name, *arguments = shlex.split(command)
    assert (program, name) == ("tunebench", "search")
    return search.make_context(name, arguments).params


def test_it_names_the_same_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data, sizes and whatever else says which images, in words that a shell takes apart again."""
    runs_dir = tmp_path / "my runs"
    data = Data(name="my photos", train_size=300, test_size=90)
    monkeypatch.chdir(tmp_path)
    settings = {"dataset_source": str(tmp_path / "my photos"), "image_size": "48x64", "resize": "pad"}
    found = _suggested(runs_dir, data, {**settings, "mirror": "no", "seed": 7})
    expected = {
        "space": "cnn3",
        "dataset": "./my photos",
        "train_size": 300,
        "test_size": 90,
        "image_size": (48, 64),
        "resize": "pad",
        "mirror": "no",
        "seed": 7,
        "runs_dir": runs_dir,
    }
    assert {name: found[name] for name in expected} == expected
    named = _suggested(tmp_path / "named", settings={"data_dir": "/data/cifar"})
    assert (named["dataset"], named["data_dir"]) == ("cifar10", Path("/data/cifar"))


def test_the_usual_runs_folder_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor what has its default: a command that can be typed."""
    monkeypatch.chdir(tmp_path)
    section = section_of(Path("runs"), [Model(name="cnn3", accuracy=0.5, seconds=5)])
    *_, step = next_steps(section)
    command = "tunebench search cnn1 --dataset cifar10 --train-size 4000 --test-size 1000"
    assert plain(step) == f"Tune another model on the same images ({command}) and compare again."


def test_images_that_a_program_gave_have_no_command(tmp_path: Path) -> None:
    """No option of a command would find them."""
    model = Model(name="cnn3", accuracy=0.5, seconds=5, settings={"image_size": "8x8"})
    run = section_of(tmp_path, [model], Data(name="arrays")).models[0].run
    by_program = replace(run.record, command="tunebench.search('cnn3', …)")
    (run.folder / "run.json").write_bytes(to_json(by_program))
    *_, step = next_steps(compare_runs(select_runs([], tmp_path)).sections[0])
    assert plain(step) == "Tune another model on the same images and compare again."
