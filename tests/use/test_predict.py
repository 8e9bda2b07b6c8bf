"""Predictions of files: by the run's own decoding, in batches, with bad files named."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tunebench
from tests.datasets.photographs import DAMAGED, ODDITIES, encoded, picture, write_oddities
from tests.use.trained import CLASSES, expected
from tunebench.errors import DamagedDataError, DatasetError
from tunebench.progress import SilentProgress
from tunebench.runs import Run
from tunebench.use import reading


class Events(SilentProgress):
    """Keeps notes and counts of images."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.done: list[tuple[int, int]] = []
        self.ended = False

    def note(self, message: str) -> None:
        """Keep the line."""
        self.notes.append(message)

    def images(self, done: int, total: int) -> None:
        """Keep the numbers."""
        self.done.append((done, total))

    def end(self) -> None:
        """Keep that it ended."""
        self.ended = True


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder with every kind of image, damaged files, clutter and an image outside class folders."""
    write_oddities(tmp_path / "odd")
    (tmp_path / "odd" / "outside.png").write_bytes(encoded(Image.fromarray(picture(5)), "PNG"))
    return tmp_path / "odd"


def test_files_are_decoded_as_in_training(run: Run, odd: Path) -> None:
    """Every kind of image gives what the saved model predicts for it, padded and resized as in training."""
    paths = [odd / "cats" / name for name in ODDITIES]
    found = list(tunebench.predict(run.folder, *paths))
    assert [each.file for each in found] == [str(path) for path in paths]
    assert np.allclose([each.probabilities for each in found], expected(run, paths), atol=1e-5)
    assert found[0].probabilities.dtype == np.float32
    assert {each.label for each in found} == {None}


def test_the_most_probable_classes_come_first(run: Run, odd: Path) -> None:
    """With their probabilities; more classes than there are means all."""
    (found,) = tunebench.predict(run.folder, odd / "outside.png")
    first, second = found.top(5)
    assert first == found.top()[0]
    assert {first[0], second[0]} == set(CLASSES)
    assert first[1] == found.probabilities.max() >= second[1]
    assert first[1] + second[1] == pytest.approx(1)


def test_a_seed_or_the_mean_of_all(run: Run, odd: Path) -> None:
    """The first seed by default; an ensemble predicts the mean of the probabilities."""
    path = odd / "outside.png"
    by_seed = [expected(run, [path], seed)[0] for seed in (0, 1)]
    assert not np.allclose(by_seed[0], by_seed[1], atol=1e-3)
    for settings, wanted in (
        ({}, by_seed[0]),
        ({"seed": 1}, by_seed[1]),
        ({"ensemble": True}, np.mean(by_seed, axis=0)),
    ):
        (found,) = tunebench.predict(run.folder, path, **settings)
        assert np.allclose(found.probabilities, wanted, atol=1e-5)


def test_bad_files_are_named_and_skipped(run: Run, odd: Path) -> None:
    """One note each; files that were never images are counted, and all others are predicted."""
    events = Events()
    predictions = tunebench.predict(run.folder, odd, odd / "absent.png", progress=events)
    files = [each.file for each in predictions]
    assert sorted(each.file for each in predictions.skipped) == sorted(
        [str(odd / "absent.png"), *(str(odd / "cats" / name) for name in DAMAGED)]
    )
    assert len(events.notes) == len(predictions.skipped)
    assert f"Skipped: {odd}/cats/empty.jpg is empty." in events.notes
    assert predictions.ignored == {"hidden files and system files": 4, ".txt files": 2}
    assert str(odd / "cats" / "no ending") in files
    assert predictions.number == len(files) == 12 + 12 + len(ODDITIES) + 3 + 1
    total = len(files) + len(DAMAGED) + 2
    assert events.done[-1] == (total, total)
    assert events.ended


def test_strict_stops_at_a_bad_file(run: Run, odd: Path) -> None:
    """The error names it and the option."""
    with pytest.raises(DamagedDataError, match=r"empty\.jpg is empty\. .*--strict"):
        list(tunebench.predict(run.folder, odd / "outside.png", odd / "cats" / "empty.jpg", strict=True))


def test_without_any_image_there_is_an_error(run: Run, odd: Path) -> None:
    """It names the first file and the reason, or the folder that has none."""
    bad = [odd / "cats" / name for name in DAMAGED]
    with pytest.raises(DamagedDataError, match=r"No image can .*empty\.jpg is empty, and 2 more"):
        list(tunebench.predict(run.folder, *bad))
    (odd / "none").mkdir()
    with pytest.raises(DamagedDataError, match=r"There is no image in .*none"):
        list(tunebench.predict(run.folder, odd / "none"))
    with pytest.raises(DatasetError, match="list of images to predict is empty"):
        tunebench.predict(run.folder)


def test_class_folders_are_scored(run: Run, odd: Path) -> None:
    """Only images below a folder with the name of a class count."""
    predictions = tunebench.predict(run.folder, odd)
    found = list(predictions)
    labelled = [each for each in found if each.label is not None]
    assert [each.file for each in found if each.label is None] == [str(odd / "outside.png")]
    assert all(f"/{each.label}/" in each.file for each in labelled)
    score = predictions.score
    assert score is not None
    assert score.images == [sum(each.label == name for each in labelled) for name in CLASSES]
    assert score.accuracy == np.mean([each.top()[0][0] == each.label for each in labelled])
    predictions = tunebench.predict(run.folder, odd / "cats")
    assert {each.label for each in predictions} == {None}
    assert predictions.score is None


def test_files_are_read_batch_by_batch(run: Run, odd: Path) -> None:
    """The first prediction is there before the later files are opened."""
    good, bad = str(odd / "outside.png"), str(odd / "cats" / "empty.jpg")
    predictions = tunebench.predict(run.folder, *[good] * 200, bad)
    iterator = iter(predictions)
    next(iterator)
    assert predictions.skipped == []
    assert len(list(iterator)) == 199
    assert len(predictions.skipped) == 1


def test_many_files_keep_their_order(run: Run, odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it takes long, several processes decode them; bad files in between change nothing."""
    monkeypatch.setattr(reading, "_TRIAL_SECONDS", 0.001)
    monkeypatch.setattr(reading, "_LONG_SECONDS", 0.001)
    good = [odd / "cats" / f"{number:03d}.png" for number in range(12)]
    paths = [*good, odd / "cats" / "empty.jpg"] * 45
    predictions = tunebench.predict(run.folder, *paths)
    found = list(predictions)
    assert [each.file for each in found] == [str(path) for path in good] * 45
    wanted = np.tile(expected(run, good), (45, 1))
    assert np.allclose([each.probabilities for each in found], wanted, atol=1e-5)
    assert len(predictions.skipped) == 45


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_not_opened(run: Run, odd: Path) -> None:
    """Reading it would wait for ever."""
    os.mkfifo(odd / "pipe")
    predictions = tunebench.predict(run.folder, odd / "pipe", odd / "outside.png")
    assert len(list(predictions)) == 1
    assert predictions.skipped[0].reason == "is not a regular file"
