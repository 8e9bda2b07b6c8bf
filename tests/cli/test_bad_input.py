"""Bad input gives status 1 and one line: what happened, what was expected and how to fix it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.small import TINY_SPACE, write_space
from tunebench.cli.main import main

Prepare = Callable[[Path], list[str]]
DIGITS = ["--dataset", "digits", "--trials", "1", "--epochs", "1", "--seeds", "1"]


def _space(source: str) -> Prepare:
    return lambda folder: ["search", str(write_space(folder, source)), *DIGITS]


def _given(*arguments: str) -> Prepare:
    return lambda folder: [argument.replace("FOLDER", str(folder)) for argument in arguments]


def _blocked_runs_folder(folder: Path) -> list[str]:
    (folder / "runs").mkdir()
    (folder / "runs" / "digits").touch()
    return ["search", "cnn1", *DIGITS, "--runs-dir", str(folder / "runs")]


def _truncated_batch(folder: Path) -> list[str]:
    batches = folder / "cifar-10-batches-py"
    batches.mkdir()
    for name in ("data_batch_1", "test_batch", "batches.meta"):
        (batches / name).write_bytes(b"\x80\x02}q\x01(U\x04data")
    return ["search", "cnn1", "--data-dir", str(folder)]


def _empty_runs_folder(folder: Path) -> list[str]:
    (folder / "runs").mkdir()
    return ["compare", "--runs-dir", str(folder / "runs")]


def _nested_record(folder: Path) -> list[str]:
    (folder / "run.json").write_text('{"format_version": 1, "finals": ' + "[" * 100_000)
    return ["show", str(folder)]


CASES: dict[str, tuple[Prepare, list[str]]] = {
    "unknown space": (_given("search", "cn3"), ["no space 'cn3'", "Did you mean cnn3?", "cnn1, cnn2"]),
    "unknown data set": (
        _given("search", "cnn1", "--dataset", "cifar"),
        ["cifar", "Did you mean cifar10", "digits"],
    ),
    "data not found": (
        _given("search", "cnn1", "--data-dir", "FOLDER"),
        ["cifar-10-batches-py", "--data-dir", "--dataset digits"],
    ),
    "truncated batch": (_truncated_batch, ["batches.meta", "cifar-10-batches-py"]),
    "too many images": (
        _given("search", "cnn1", "--dataset", "digits", "--train-size", "9999"),
        ["9,999", "1,297", "--train-size"],
    ),
    "too few images for a validation part": (
        _given("search", "cnn1", "--dataset", "digits", "--train-size", "12"),
        ["12 training images", "--train-size"],
    ),
    "space fails to import": (
        _space("import absent_module"),
        ["tiny.py", "fails to import", "absent_module"],
    ),
    "space that ends the program": (
        _space("import sys\nsys.exit(0)"),
        ["tiny.py", "fails to import", "SystemExit"],
    ),
    "build that ends the program": (
        _space("def build(hp, s, n):\n    raise SystemExit"),
        ["build() failed: SystemExit"],
    ),
    "home folder of an unknown user": (
        _given("compare", "--runs-dir", "~nobodyxx/runs"),
        ["~nobodyxx/runs", "unknown user", "full path"],
    ),
    "home folder of an unknown user for data": (
        _given("search", "cnn1", "--data-dir", "~nobodyxx"),
        ["~nobodyxx", "unknown user", "full path"],
    ),
    "name with an escape sequence": (
        _given("compare", "\x1b[31mred"),
        ["There is no run at", "\N{REPLACEMENT CHARACTER}[31mred"],
    ),
    "nested record": (_nested_record, ["run.json", "not a readable RunRecord"]),
    "space without build": (_space("x = 1"), ["has no function build(hp, input_shape, num_classes)"]),
    "uncompiled model": (
        _space(TINY_SPACE.replace("model.compile", "str").replace("metrics=", "errors=")),
        ["Space tiny"],
    ),
    "wrong output shape": (
        _space(TINY_SPACE.replace("layers.Dense(num_classes,", "layers.Dense(7,")),
        ["output shape is (None, 7)", "(None, 10)"],
    ),
    "weights not found": (
        _given("search", "mobilenet_v2", *DIGITS, "--backbone", "FOLDER/absent"),
        ["absent", "--backbone"],
    ),
    "runs folder that cannot be written": (
        _blocked_runs_folder,
        ["runs", "is a file", "choose another"],
    ),
    "run name that is a path": (
        _given("search", "cnn1", *DIGITS, "--name", "../elsewhere"),
        ["'../elsewhere'", "plain name"],
    ),
    "unknown runs folder": (_given("compare", "--runs-dir", "FOLDER/absent"), ["absent"]),
    "empty runs folder": (_empty_runs_folder, ["tunebench search"]),
    "unknown run": (_given("compare", "FOLDER/absent"), ["There is no run at", "absent"]),
    "unknown run to show": (_given("show", "FOLDER/absent"), ["There is no run at", "absent"]),
    "unknown hyperparameter": (
        _given("train", "cnn1", "--dataset", "digits", "--set", "filter=3"),
        ["no hyperparameter 'filter'", "Did you mean filters?"],
    ),
    "invalid hyperparameter value": (
        _given("train", "cnn1", "--dataset", "digits", "--set", "filters=33"),
        ["'33'", "16, 32, 64, 96"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_one_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The line names what was wrong and what to do; nothing else is printed.

    Nor by a new process, when TensorFlow starts: tests/cli/test_search.py.
    """
    prepare, parts = CASES[name]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(prepare(tmp_path))
    output, errors = capfd.readouterr()
    assert ended.value.code == 1, errors
    assert output == ""
    (line,) = errors.strip().splitlines()
    assert line.startswith("Error: ")
    for part in parts:
        assert part in line
