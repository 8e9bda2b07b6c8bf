"""``tunebench export``."""

import json
import shutil
from pathlib import Path

import keras
import pytest

from tests.small import UNTRACED_SPACE, write_space
from tunebench.cli.main import main

Capture = pytest.CaptureFixture[str]
OWN_LAYER = UNTRACED_SPACE.replace(
    "\n\ndef build",
    """

@keras.saving.register_keras_serializable(package="tests_cli_export")
class Half(layers.Layer):
    def call(self, inputs):
        return inputs / 2


def build""",
    1,
).replace("            layers.Flatten(),\n", "            layers.Flatten(),\n            Half(),\n")
SMALL = ["--dataset", "digits", "--train-size", "200", "--test-size", "40", "--epochs", "1", "--seeds", "1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of a space that defines a layer."""
    folder = tmp_path_factory.mktemp("own")
    space = str(write_space(folder, OWN_LAYER))
    main(["train", space, *SMALL, "--runs-dir", str(folder / "runs"), "--name", "own"])
    return folder / "runs" / "digits" / "own"


def forget() -> None:
    """As in a process that has not imported the space."""
    keras.saving.get_custom_objects().pop("tests_cli_export>Half", None)


def test_code_of_the_space_runs_only_if_the_user_says_so(
    folder: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--trust-code says so; then the result is printed, and progress on standard error."""
    monkeypatch.chdir(tmp_path)
    forget()
    command = ["export", str(folder), "--format", "saved_model"]
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(command)
    refused = capsys.readouterr()
    assert refused.out == ""
    assert "tiny.py" in refused.err
    assert "--trust-code" in refused.err
    assert list(tmp_path.iterdir()) == []
    main([*command, "--trust-code"])
    printed = capsys.readouterr()
    assert printed.err == "Exporting own with seed 0 as SavedModel ...\n"
    assert printed.out.startswith("own-0-saved_model, ")
    assert "on 40 test images of digits" in printed.out
    assert "the same class in 40 of 40" in printed.out
    assert {path.name for path in tmp_path.iterdir()} == {"own-0-saved_model", "own-0-saved_model.json"}


def test_the_result_can_be_printed_as_json(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    """It holds what the JSON beside the model holds, its path and its size."""
    out = tmp_path / "own.keras"
    capsys.readouterr()
    main(["export", str(folder), "--format", "keras", "--out", str(out), "--trust-code", "--json"])
    printed = json.loads(capsys.readouterr().out)
    assert printed.pop("path") == str(out)
    assert printed.pop("size_bytes") == out.stat().st_size
    assert printed == json.loads(out.with_name("own.keras.json").read_text())


def test_a_space_that_has_changed_is_not_imported(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    """--trust-code allows the code that the model was trained with, and no other."""
    forget()
    shutil.copytree(folder, tmp_path / "own")
    record = json.loads((folder / "run.json").read_text())
    record["settings"]["space_sha256"] = "0" * 64
    (tmp_path / "own" / "run.json").write_text(json.dumps(record))
    with pytest.raises(SystemExit) as end:
        main(
            [
                "export",
                str(tmp_path / "own"),
                "--format",
                "keras",
                "--trust-code",
                "--out",
                str(tmp_path / "x.keras"),
            ]
        )
    assert end.value.code == 1
    assert "has changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        (["--format", "tflite"], 2, "Expected one of keras, saved_model, onnx, litert, openvino"),
        ([], 2, "--format"),
        (["--format", "keras", "--seed", "x"], 2, "--seed"),
        (["--format", "keras", "--seed", "3"], 1, "Expected one of 0"),
        (["--format", "keras", "--out", "run.txt"], 1, "ends in .keras"),
    ],
)
def test_wrong_use_is_one_line(
    arguments: list[str], status: int, expected: str, folder: Path, capsys: Capture
) -> None:
    """With the exit status of usage or of an error."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["export", str(folder), *arguments])
    assert end.value.code == status
    printed = capsys.readouterr().err
    assert expected in printed
    assert printed.count("\n") == 1


def test_a_damaged_model_of_a_run_is_named(folder: Path, tmp_path: Path, capsys: Capture) -> None:
    """Its file, and what to do."""
    shutil.copytree(folder, tmp_path / "own")
    (tmp_path / "own" / "model-0.keras").write_bytes(b"PK")
    for expected in ("is damaged", "is missing"):
        with pytest.raises(SystemExit):
            main(["export", str(tmp_path / "own"), "--format", "keras", "--out", str(tmp_path / "x.keras")])
        assert f"model-0.keras {expected}" in capsys.readouterr().err
        (tmp_path / "own" / "model-0.keras").unlink(missing_ok=True)
