"""A user's own images from the search to the page and the repeated timing."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import tunebench
from tests.datasets.photographs import encoded, picture, write_class
from tests.small import UNTRACED_SPACE, write_space
from tunebench import TunebenchError
from tunebench.cli.main import main
from tunebench.progress import SilentProgress
from tunebench.runs import Run


class Notes(SilentProgress):
    """Keeps the lines that stay."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """Keep the line."""
        self.notes.append(message)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes, three times as many images of one, and a copy."""
    root = tmp_path_factory.mktemp("own") / "my photos"
    write_class(root / "cats", 45, 0)
    write_class(root / "dogs", 15, 1000)
    (root / "cats" / "copy.png").write_bytes((root / "cats" / "003.png").read_bytes())
    return root


def search(folder: Path, image_size: str, beside: Path | None = None) -> Run:
    """A short search on the folder, in a run's folder beside it or elsewhere."""
    place = beside or folder.parent
    return tunebench.search(
        write_space(place, UNTRACED_SPACE),
        dataset=folder,
        image_size=image_size,
        runs_dir=place / "runs",
        trials=1,
        epochs=1,
        seeds=1,
    )


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    """A search with a size that is not square."""
    return search(folder, "12x16")


def test_the_record_says_how_the_images_were_read(folder: Path, run: Run) -> None:
    """Its sentences are those that the search printed, and its settings read the images again."""
    record = run.record
    assert (record.dataset.name, record.dataset.class_names) == ("my photos", ["cats", "dogs"])
    assert record.dataset.train_size + record.dataset.test_size == 61
    assert any("Duplicates: 1 image more than once" in note for note in record.dataset.notes)
    assert any("Imbalanced: " in note for note in record.dataset.notes)
    assert record.dataset.class_counts == {"train": [37, 12], "test": [9, 3]}
    assert record.dataset.image_size == (12, 16)
    assert record.settings["dataset_source"] == str(folder.resolve())
    assert record.settings["image_size"] == "12x16"


def test_a_winner_is_timed_again_only_on_the_same_images(folder: Path, run: Run) -> None:
    """`--retime` reads the folder again, describes it no more, and refuses one that has changed."""
    page, events = folder.parent / "page.html", Notes()
    report = tunebench.compare(run.folder, out=page, retime=1, progress=events)
    assert events.notes == []
    assert report.table["train_seconds"].notna().all()
    written = page.read_text(encoding="utf-8")
    assert "Duplicates: 1 image more than once" in written
    assert "Images of each class" in written
    extra = folder / "dogs" / "new.png"
    extra.write_bytes(encoded(Image.fromarray(picture(5000)), "PNG"))
    try:
        with pytest.raises(TunebenchError, match="are not those it was trained on"):
            tunebench.compare(run.folder, out=page, retime=1)
    finally:
        extra.unlink()
    moved = folder.rename(folder.with_name("moved"))
    try:
        report = tunebench.compare(run.folder, out=page, retime=1, data_dir=moved)
        assert report.comparison.problems == ()
    finally:
        moved.rename(folder)


def test_a_search_goes_on_only_on_the_same_images(folder: Path, run: Run) -> None:
    """With another size, it is refused in one line; another name keeps both."""
    with pytest.raises(TunebenchError, match="--image-size or --resize"):
        search(folder, "16")
    assert search(folder, "12x16").record == run.record


def test_two_data_sets_of_one_name_are_kept_apart(
    folder: Path, run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A search on another folder of that name is refused; `--name` keeps both.

    Before, a table of the classes is printed, with sizes and modes if there are several.
    """
    other, runs = tmp_path / folder.name, run.folder.parents[1]
    write_class(other / "cats", 8, 0)
    write_class(other / "dogs", 8, 100)
    Image.fromarray(picture(7, 30, 20)).convert("L").save(other / "cats" / "grey.png")
    command = ["train", str(folder.parent / "tiny.py"), "--dataset", str(other), "--image-size", "12x16"]
    main([*command, "--epochs", "1", "--seeds", "1", "--runs-dir", str(runs), "--name", "other"])
    assert (runs / folder.name / "other" / "run.json").exists()
    printed = capsys.readouterr().err.splitlines()
    assert printed[0] == "class       train        test"
    assert printed[1].startswith("cats ")
    assert "2 sizes: 24x32 (16), 30x20 (1)." in printed
    assert "2 modes: RGB (16), L (1)." in printed
    with pytest.raises(TunebenchError, match=r"was started with other settings \(.*the images differ"):
        search(other, "12x16", folder.parent)


def test_a_data_set_object(tmp_path: Path) -> None:
    """Arrays are trained on, and cannot be read again for a repeated timing."""
    images = np.stack([picture(seed, 8, 8) for seed in range(40)])
    data = tunebench.Dataset.from_arrays(images, np.arange(40) % 2, name="squares")
    space = write_space(tmp_path, UNTRACED_SPACE)
    trained = tunebench.train(space, dataset=data, epochs=1, seeds=1, runs_dir=tmp_path / "runs")
    assert trained.folder.parent.name == "squares"
    with pytest.raises(TunebenchError, match="given by a program"):
        tunebench.compare(trained.folder, out=tmp_path / "page.html", retime=1)


def test_a_study_says_what_was_found_in_the_images_once(folder: Path, tmp_path: Path) -> None:
    """Before its plan, not before each run."""
    told = Notes()
    tunebench.study(
        folder,
        spaces=[write_space(tmp_path, UNTRACED_SPACE, name) for name in ("tiny", "small")],
        only="reference",
        epochs=1,
        image_size=12,
        seeds=1,
        runs_dir=tmp_path / "runs",
        out=tmp_path / "page.html",
        progress=told,
    )
    found = [line for line in told.notes if line.startswith("Test images: ")]
    assert len(found) == 1
    plan = next(place for place, line in enumerate(told.notes) if line.startswith("The study in "))
    assert told.notes.index(found[0]) < plan
