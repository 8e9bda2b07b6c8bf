"""Exported models: what they compute, what is beside them, and what is refused."""

import functools
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from PIL import Image

import tunebench
from tests.eager import call
from tests.small import UNTRACED_SPACE, digits, write_space
from tunebench.errors import ExportError
from tunebench.progress import Progress
from tunebench.runs import Run
from tunebench.use import agreement, formats
from tunebench.use.artefact import open_artefact
from tunebench.use.export import Exported
from tunebench.use.placing import placed

SMALL: dict[str, Any] = {"train_size": 100, "test_size": 50, "epochs": 1, "seeds": 2}
# With augmentation in the model.
SPACE = UNTRACED_SPACE.replace(
    "            layers.MaxPooling2D(4),\n",
    '            layers.RandomFlip(),\n            layers.RandomRotation(0.1, name="turn"),\n'
    "            layers.MaxPooling2D(4),\n",
)


class Notes(Progress):
    """Keeps what a user would be told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, message: str) -> None:
        """Keep it."""
        self.lines.append(message)


def train(folder: Path, source: str = SPACE, **settings: Any) -> Run:
    """Train a tiny model on digits."""
    options = {"dataset": "digits", **SMALL, **settings}
    return tunebench.train(write_space(folder, source), runs_dir=folder / "runs", name="tiny", **options)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A finished run."""
    return train(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def made(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Exported]:
    """The run's model with seed 1 in a format, written once."""

    @functools.cache
    def make(name: str) -> Exported:
        try:
            formats.find(name).require(to_write=True)
        except ExportError as error:
            pytest.skip(str(error))
        out = tmp_path_factory.mktemp("out") / f"tiny{formats.find(name).suffix}"
        return run.export(name, out=out, seed=1)

    return make


@pytest.fixture(params=formats.NAMES)
def exported(request: pytest.FixtureRequest, made: Callable[[str], Exported]) -> Exported:
    """The same in each format whose packages are installed."""
    return made(request.param)


def copied(exported: Exported, folder: Path) -> Path:
    """A copy of an exported model and the JSON beside it."""
    shutil.copytree(exported.path.parent, folder, dirs_exist_ok=True)
    return folder / exported.path.name


def test_raw_images_give_the_probabilities_of_the_final_model(run: Run, exported: Exported) -> None:
    """uint8 in, float32 probabilities out, for any number of images."""
    artefact = open_artefact(exported.path)
    model = keras.saving.load_model(run.folder / "model-1.keras", safe_mode=True, compile=False)
    images = digits().test.images
    for count in (0, 1, 37, 64):
        found = artefact.probabilities(images[:count])
        assert found.shape == (count, 10)
        assert found.dtype == np.float32
        if count:
            assert np.allclose(found, call(model, images[:count]), atol=1e-5)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)


def test_what_a_user_of_the_model_needs_is_beside_it(exported: Exported) -> None:
    """The classes, the image shape and the resizing rule, the comparison and the run; nothing temporary."""
    artefact = open_artefact(str(exported.path))
    assert artefact.class_names == tuple("0123456789")
    assert artefact.image_shape == (32, 32, 3)
    assert artefact.resize == "crop"
    document = json.loads(exported.path.with_name(f"{exported.path.name}.json").read_text())
    assert document["seed"] == 1
    assert document["run"] == "tiny"
    assert document["versions"]["keras"]
    compared = document["agreement"]
    assert compared["images"] == "test images of digits"
    assert compared["same_class"] == compared["count"] == 50
    assert compared["largest_difference"] < 1e-5
    assert compared["seconds_per_image"] > 0
    assert exported.size_bytes > 2000
    others = {exported.path.name, f"{exported.path.name}.json", "tiny.bin"}
    assert {path.name for path in exported.path.parent.iterdir()} <= others


def test_a_changed_model_is_neither_opened_nor_overwritten(
    run: Run, exported: Exported, tmp_path: Path
) -> None:
    """The JSON has the model's SHA-256."""
    path = copied(exported, tmp_path)
    changed = max(path.rglob("*"), key=lambda each: each.stat().st_size) if path.is_dir() else path
    changed.write_bytes(changed.read_bytes()[:-1] + b"\0\0")
    with pytest.raises(ExportError, match="was changed or damaged"):
        open_artefact(path)
    with pytest.raises(ExportError, match="is not overwritten"):
        run.export(exported.record.format, out=path)


def test_an_earlier_export_is_replaced(made: Callable[[str], Exported], run: Run, tmp_path: Path) -> None:
    """By another seed's model, for example; a folder as a whole."""
    path = copied(made("saved_model"), tmp_path)
    run.export("saved_model", out=path, seed=0)
    assert open_artefact(path).record.seed == 0
    assert {each.name for each in tmp_path.iterdir()} == {"tiny", "tiny.json"}


def test_what_a_killed_export_left_is_removed(tmp_path: Path) -> None:
    """By the next one of the same name, unless another process may still be writing it."""
    found, path = formats.find("keras"), tmp_path / "tiny.keras"
    folders = [
        tmp_path / f".writing-{name}" for name in ("tiny.keras-old", "tiny.keras-new", "other.keras-old")
    ]
    for folder in folders:
        (folder / "part").mkdir(parents=True)
        if folder.name.endswith("old"):
            os.utime(folder, (1e9, 1e9))
    with placed(found, path) as written:
        written.write_bytes(b"model")
    assert {each.name for each in tmp_path.iterdir()} == {path.name, *(each.name for each in folders[1:])}


def test_augmentation_is_not_inside(made: Callable[[str], Exported]) -> None:
    """A Keras file has no augmentation layer, so it does not augment in training mode either."""
    model = keras.saving.load_model(made("keras").path, safe_mode=True, compile=False)
    names = {type(layer).__name__ for layer in model.layers[-1].layers}
    assert {"Rescaling", "Dense"} <= names
    assert not any(name.startswith("Random") for name in names)
    assert model.inputs[0].dtype == "uint8"


def test_a_model_of_half_precision_is_exported_in_float32(tmp_path: Path) -> None:
    """With the same weights; its difference from the trained model is recorded."""
    policy = "mixed_bfloat16"
    half = train(tmp_path, precision=policy, seeds=1)
    exported = half.export("keras", out=tmp_path / "tiny.keras")
    model = keras.saving.load_model(exported.path, safe_mode=True, compile=False)
    assert {layer.compute_dtype for layer in model.layers[-1].layers} == {"float32"}
    trained = keras.saving.load_model(half.folder / "model-0.keras", safe_mode=True, compile=False)
    assert policy in {layer.dtype_policy.name for layer in trained.layers}
    for found, expected in zip(model.get_weights(), trained.get_weights(), strict=True):
        assert np.array_equal(found, expected)
    assert exported.record.trained_in == policy
    assert 0 < exported.agreement.difference_from_trained < agreement.HALF_TOLERANCE
    assert exported.agreement.largest_difference < 1e-6


def test_a_difference_above_the_tolerance_is_an_error(
    made: Callable[[str], Exported], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is written, and an earlier export stays as it was."""
    path = copied(made("keras"), tmp_path)
    monkeypatch.setattr(agreement, "TOLERANCE", -1.0)
    monkeypatch.setattr(agreement, "_check_repeats", lambda *_: None)
    with pytest.raises(ExportError, match="more than the tolerance"):
        run.export("keras", out=path, seed=0)
    assert open_artefact(path).record.seed == 1
    assert {each.name for each in tmp_path.iterdir()} == {"tiny.keras", "tiny.keras.json"}


def test_without_its_data_a_model_is_compared_on_made_up_images(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note says why; a wrong --data-dir is an error. The default name is the run's with the seed."""
    shutil.copytree(run.folder, tmp_path / "moved")
    record = json.loads((tmp_path / "moved" / "run.json").read_text())
    record["settings"]["dataset_source"] = str(tmp_path / "absent")
    (tmp_path / "moved" / "run.json").write_text(json.dumps(record))
    monkeypatch.chdir(tmp_path)
    notes = Notes()
    exported = tunebench.export("moved", "keras", progress=notes)
    assert exported.path == Path("moved-0.keras")
    assert (tmp_path / "moved-0.keras.json").exists()
    assert exported.agreement.images == "made-up images, 32 of noise and 32 natural-looking"
    assert any(str(tmp_path / "absent") in line for line in notes.lines)
    with pytest.raises(tunebench.TunebenchError, match="elsewhere"):
        tunebench.export("moved", "keras", out="other.keras", data_dir="elsewhere")


@pytest.mark.parametrize(
    ("there", "out", "format_"),
    [
        ("tiny.keras", "tiny.keras", "keras"),
        ("tiny.keras.json", "tiny.keras", "keras"),
        ("tiny", "tiny", "saved_model"),
        ("tiny/mine.txt", "tiny", "saved_model"),
    ],
)
def test_files_of_the_user_are_not_overwritten(
    there: str, out: str, format_: str, run: Run, tmp_path: Path
) -> None:
    """Neither a file nor a folder, also if it has the name of the JSON."""
    mine = tmp_path / there
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    with pytest.raises(ExportError, match="was not written by `tunebench export`"):
        run.export(format_, out=tmp_path / out)
    assert mine.read_text() == "mine"


@pytest.mark.parametrize(
    ("format_", "settings", "expected"),
    [
        ("tflite", {}, "Expected one of keras, saved_model, onnx"),
        ("keras", {"out": "tiny.h5"}, r"ends in \.keras"),
        ("saved_model", {"out": "tiny.json"}, "name of a folder"),
        ("saved_model", {"out": ".."}, "name of its own"),
        ("keras", {"seed": 7}, "Expected one of 0, 1"),
    ],
)
def test_wrong_arguments_are_refused(
    format_: str, settings: dict[str, Any], expected: str, run: Run, tmp_path: Path
) -> None:
    """In one line that says what was expected."""
    if "out" in settings:
        settings = {**settings, "out": tmp_path / settings["out"]}
    with pytest.raises(ExportError, match=expected):
        run.export(format_, **settings)


@pytest.mark.parametrize("format_", ["onnx", "litert", "openvino"])
def test_a_missing_package_is_named_with_its_extra(
    format_: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any model is loaded."""
    for package in formats.find(format_).runtime:
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ExportError, match=rf"pip install 'tunebench\[{format_}\]'"):
        run.export(format_)


def test_onnx_files_hold_the_classes(made: Callable[[str], Exported]) -> None:
    """As metadata, so that the file alone is enough."""
    path = made("onnx").path
    written = {entry.key: entry.value for entry in pytest.importorskip("onnx").load(path).metadata_props}
    assert json.loads(written["class_names"]) == list("0123456789")
    assert written["takes"].startswith("uint8 (n, 32, 32, 3)")


def test_openvino_files_hold_the_classes(made: Callable[[str], Exported]) -> None:
    """The same."""
    path = made("openvino").path
    written = (
        pytest.importorskip("openvino").Core().read_model(path).get_rt_info(["model_info", "class_names"])
    )
    assert json.loads(written.astype(str)) == list("0123456789")


def test_it_predicts_files_as_the_run_does(exported: Exported, run: Run, tmp_path: Path) -> None:
    """`tunebench predict` takes an exported model in place of a run."""
    image = tmp_path / "seven.png"
    Image.fromarray(digits().test.images[0]).save(image)
    (found,) = tunebench.predict(exported.path, image)
    (known,) = tunebench.predict(run.folder, image, seed=1)
    np.testing.assert_allclose(found.probabilities, known.probabilities, atol=1e-4)
