"""``tunebench predict``."""

import csv
import io
import json
import os
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.datasets.photographs import DAMAGED
from tests.use.trained import CLASSES, train_photos
from tunebench.cli.main import main
from tunebench.progress.live import LiveProgress
from tunebench.runs import Run

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run on cats and dogs in its folder's photos."""
    return train_photos(tmp_path_factory.mktemp("trained"), seeds=1)


@pytest.fixture
def photos(run: Run) -> Path:
    """The folder of its images."""
    return run.folder.parents[2] / "photos"


def predict(run: Run, *arguments: str | Path) -> None:
    """Run ``tunebench predict``."""
    main(["predict", str(run.folder), *map(str, arguments)])


def test_results_are_printed_and_the_rest_goes_to_standard_error(
    run: Run, photos: Path, capsys: Capture
) -> None:
    """A line for each image; the number of images and the score are not among them."""
    predict(run, photos)
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert len(lines) == 20
    assert lines[0].endswith(f"%  {photos}/cats/000.png")
    assert lines[0].split()[0] in CLASSES
    summary, scored, accuracy, *_ = printed.err.splitlines()
    assert summary.startswith("Predicted 20 images in ")
    assert scored == "Scored by their class folders: 20 images."
    assert accuracy.startswith("accuracy ")


def test_more_classes_than_there_are_means_all(run: Run, photos: Path, capsys: Capture) -> None:
    """In CSV one line each, and JSON in one list."""
    predict(run, photos, "--top", "9", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 40
    assert set(rows[0]) == {"file", "rank", "label", "probability"}
    assert float(rows[0]["probability"]) + float(rows[1]["probability"]) == pytest.approx(1)
    predict(run, photos, "--top", "9", "--format", "json")
    document = json.loads(capsys.readouterr().out)
    assert [each["file"] for each in document] == [row["file"] for row in rows[::2]]
    assert [each["label"] for each in document[0]["predictions"]] == [row["label"] for row in rows[:2]]


def test_a_list_on_standard_input(
    run: Run, photos: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names may have line breaks and bytes that are not UTF-8; other paths may stand beside the list."""
    content = (photos / "cats" / "000.png").read_bytes()
    names = [b"new\nline.png", b"caf\xe9.png"]
    for name in names:
        (tmp_path / os.fsdecode(name)).write_bytes(content)
    listed = b"\0".join(os.fsencode(tmp_path) + b"/" + name for name in names)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(listed)))
    predict(run, photos / "dogs" / "001.png", "-", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [Path(row["file"]).name for row in rows] == ["001.png", "new�line.png", "caf�.png"]


def test_a_live_display_does_not_take_the_results(
    run: Run, photos: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If standard error is a terminal and standard output a file, the file gets every line."""
    terminal = io.StringIO()
    live = LiveProgress(Console(file=terminal, force_terminal=True))
    monkeypatch.setattr("tunebench.cli.predict.choose", lambda: live)
    predict(run, *[photos] * 8, "--format", "csv")
    assert len(capsys.readouterr().out.splitlines()) == 161
    assert "images decoded" in terminal.getvalue()
    assert "png" not in terminal.getvalue()


def test_bad_files_are_listed_and_the_others_predicted(
    run: Run, photos: Path, tmp_path: Path, capsys: Capture
) -> None:
    """The status is 0; with --strict, and without any image, it is 1."""
    for name, content in DAMAGED.items():
        (tmp_path / name).write_bytes(content())
    predict(run, tmp_path, photos / "cats" / "000.png")
    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 1
    *skipped, summary = printed.err.splitlines()
    assert [line.split(maxsplit=2)[:2] for line in skipped] == [
        ["Skipped:", f"{tmp_path}/{name}"] for name in sorted(DAMAGED)
    ]
    assert summary.endswith("skipped 3 files.")
    for arguments in ([tmp_path], [tmp_path, photos, "--strict"]):
        with pytest.raises(SystemExit) as ended:
            predict(run, *arguments)
        assert ended.value.code == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.splitlines()[-1].startswith("Error: ")


def test_a_reason_is_said_once(run: Run, tmp_path: Path, capsys: Capture) -> None:
    """The error after the lines about skipped files does not repeat them; an empty path is visible."""
    with pytest.raises(SystemExit):
        predict(run, "", tmp_path / "absent.png")
    first, second, error = capsys.readouterr().err.splitlines()
    assert first == "Skipped: '' cannot be read (No such file or directory)."
    assert second.startswith(f"Skipped: {tmp_path}/absent.png cannot")
    assert error.startswith("Error: No image can be predicted (2 files skipped). Expected image files")


def test_an_interruption_is_one_line(
    run: Run, photos: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The status is 130."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tunebench.use.predict.read_batches", interrupt)
    with pytest.raises(SystemExit) as ended:
        predict(run, photos)
    assert ended.value.code == 130
    assert capsys.readouterr().err.startswith("Interrupted. The results above are complete")


@pytest.mark.parametrize(
    ("arguments", "parts", "status"),
    [
        (["absent", "a.png"], ["There is no run at absent", "run.json"], 1),
        (["RUN", "PHOTOS", "--seed", "7"], ["no model of seed 7", "Expected one of 0."], 1),
        (["RUN", "PHOTOS", "--seed", "0", "--ensemble"], ["--seed or --ensemble"], 1),
        (["RUN", "-"], ["list of images to predict is empty"], 1),
        (["RUN", "EMPTY"], ["There is no image in", "Expected image files"], 1),
        (["EMPTY", "PHOTOS"], ["neither a run nor an exported model"], 1),
        (["RUN"], ["Missing argument 'PATH...'"], 2),
        (["RUN", "PHOTOS", "--top", "0"], ["'0' is not valid", "at least 1"], 2),
    ],
)
def test_bad_input_is_one_line(
    arguments: list[str],
    parts: list[str],
    status: int,
    run: Run,
    photos: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says what was wrong and what was expected, and nothing is predicted."""
    places = {"RUN": str(run.folder), "PHOTOS": str(photos), "EMPTY": str(tmp_path)}
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    with pytest.raises(SystemExit) as ended:
        main(["predict", *(places.get(each, each) for each in arguments)])
    printed = capsys.readouterr()
    assert ended.value.code == status
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("Error: ")
    for part in parts:
        assert part in line
