"""Precision chosen by real trainings, kept, and kept by a search that goes on.

Which of two similar models is faster depends on the machine; here one does so much more that it does not.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest

import tunebench
from tests.small import TINY_SPACE, digits, write_space
from tunebench import spaces
from tunebench.datasets import Split
from tunebench.errors import SearchError
from tunebench.precision import choose, kept
from tunebench.precision.choice import Candidate, Choice
from tunebench.progress import SilentProgress
from tunebench.runs import Run
from tunebench.user_cache import cache_folder

SMALL: dict[str, Any] = {"dataset": "digits", "train_size": 300, "test_size": 100, "epochs": 1, "seeds": 1}
FAST_HALF = Choice(
    precision="mixed_bfloat16",
    candidates=[Candidate(policy="mixed_bfloat16", speed_up=2.0, accurate=True)],
)
SLOW_HALF = Choice(
    precision="float32", candidates=[Candidate(policy="mixed_bfloat16", speed_up=0.5, accurate=None)]
)


def source(*, costly: str, rate_in_half: float = 0.01) -> str:
    """A space with a dear model in ``float32`` or in ``half`` precision, and its learning rate there."""
    return f'''\
"""A model that depends on the precision."""

import keras
from keras import layers


def build(hp, input_shape, num_classes):
    hp.Choice("units", [1, 2])
    half = keras.config.dtype_policy().name != "float32"
    images = keras.Input(input_shape)
    small = layers.Flatten()(layers.Rescaling(1 / 255)(layers.MaxPooling2D(4)(images)))
    if half is ({costly!r} == "half"):
        dear = images
        for _ in range(2):
            dear = layers.Conv2D(16, 3, padding="same")(dear)
        small = layers.Concatenate()([small, 1e-6 * layers.GlobalAveragePooling2D()(dear)])
    model = keras.Model(images, layers.Dense(num_classes, "softmax", dtype="float32")(small))
    optimizer = keras.optimizers.Adam({rate_in_half} if half else 0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
'''


class Notes(SilentProgress):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, message: str) -> None:
        """Keep it."""
        self.said.append(message)


def chosen(folder: Path, text: str) -> tuple[str, str]:
    """The precision of a space and the last thing said of it."""
    notes = Notes()
    space = spaces.find(str(write_space(folder, text)))
    return choose(space, digits().training_data(0), 0, notes), notes.said[-1]


def files() -> list[Path]:
    """The files of the choices."""
    return sorted((cache_folder() / "precision").glob("*.json"))


def keep(folder: Path, choice: Choice) -> None:
    """A choice as an earlier command left it, for :func:`search`."""
    space = spaces.find(str(write_space(folder, source(costly="float32"))))
    assert kept.write(kept.place(space, digits().training_data(0)), choice)


@pytest.mark.slow
def test_a_faster_precision_is_taken_and_kept(tmp_path: Path) -> None:
    """Every command would measure anew, and could choose otherwise."""
    precision, said = chosen(tmp_path, source(costly="float32"))
    assert precision == "mixed_bfloat16"
    assert "× as fast as float32 per step; kept for this machine." in said
    assert keras.config.dtype_policy().name == "float32"
    (file,) = files()
    again, said = chosen(tmp_path, source(costly="float32"))
    assert again == "mixed_bfloat16"
    assert said.endswith("measured on this machine earlier.")
    file.write_bytes(file.read_bytes()[:-3])
    assert "kept for this machine" in chosen(tmp_path, source(costly="float32"))[1]


def test_a_slower_precision_is_not_taken(tmp_path: Path) -> None:
    """A processor that has no bfloat16 takes many times as long."""
    precision, said = chosen(tmp_path, source(costly="half"))
    assert precision == "float32"
    assert "float32, mixed_bfloat16 is 0." in said


def test_a_faster_precision_that_learns_nothing_is_not_taken(tmp_path: Path) -> None:
    """Gradients that vanish in half precision cost no time."""
    precision, said = chosen(tmp_path, source(costly="float32", rate_in_half=1e-9))
    assert precision == "float32"
    assert "but not as accurate" in said


def test_a_model_that_fails_in_half_precision_stays_in_float32(tmp_path: Path) -> None:
    """A layer of the user's own that mixes types would stop the search before its first trial."""
    failing = source(costly="float32").replace("    if half is", "    assert not half\n    if half is")
    precision, said = chosen(tmp_path, failing)
    assert precision == "float32"
    assert "cannot be trained in another" in said


def test_what_a_choice_depends_on_has_another_file(tmp_path: Path) -> None:
    """What holds for one model, or one size of image, does not hold for the next."""
    data = digits().training_data(0)
    places = {
        kept.place(spaces.find(str(write_space(tmp_path, text))), images)
        for text in (source(costly="half"), source(costly="float32"))
        for images in (data, replace(data, class_names=("0", "1")), replace(data, name="others"))
    }
    assert len(places) == 6
    larger = replace(data, train=Split(data.train.images.repeat(2, axis=1), data.train.labels))
    assert kept.place(spaces.find(str(tmp_path / "tiny.py")), larger) not in places


def test_a_model_that_fails_in_any_precision_is_left_to_its_trials(tmp_path: Path) -> None:
    """A traceback would stand where a failed trial with its reason would."""
    failing = source(costly="half").replace("sparse_categorical", "categorical")
    precision, said = chosen(tmp_path, failing)
    assert precision == "float32"
    assert "could not be trained" in said
    assert files() == []
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize("damage", [b"", b"{", b'{"precision": "float128", "candidates": []}', b"\xff"])
def test_a_damaged_choice_is_none(tmp_path: Path, damage: bytes) -> None:
    """A disk that was full once would stop every search, or hand Keras a precision it does not know."""
    file = tmp_path / "choice.json"
    assert kept.write(file, SLOW_HALF)
    assert kept.read(file) == SLOW_HALF
    file.write_bytes(damage)
    assert kept.read(file) is None


def test_a_cache_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    """A search can do without it."""
    cache_folder().mkdir(exist_ok=True)
    (cache_folder() / "precision").touch()
    precision, said = chosen(tmp_path, source(costly="float32"))
    assert precision == "mixed_bfloat16"
    assert said.endswith("not kept: the cache cannot be written.")


def test_with_a_frozen_network_it_is_float32(tmp_path: Path) -> None:
    """Half precision slows MobileNetV2 on a processor, and features are kept in float32."""
    front = TINY_SPACE + (
        "\n\ndef frozen_prefix(hp, input_shape):\n"
        "    images = keras.Input(input_shape, dtype='uint8')\n"
        "    return keras.Model(images, layers.MaxPooling2D(2)(layers.Rescaling(1 / 255)(images)))\n"
    )
    precision, said = chosen(tmp_path, front)
    assert precision == "float32"
    assert "frozen network" in said
    assert files() == []


def search(folder: Path, **settings: Any) -> Run:
    """A real search for the dear model, in the precision that is chosen."""
    space = write_space(folder, source(costly="float32"))
    settings = {"runs_dir": folder / "runs", "precision": "auto", "trials": 1, **settings}
    return tunebench.search(str(space), **{**SMALL, **settings})


@pytest.mark.slow
def test_a_search_keeps_the_precision_that_it_was_begun_with(tmp_path: Path) -> None:
    """On another machine, or after the cache was emptied, it could not go on."""
    keep(tmp_path, FAST_HALF)
    run = search(tmp_path)
    assert run.record.environment.precision == "mixed_bfloat16"
    keep(tmp_path, SLOW_HALF)
    notes = Notes()
    run = search(tmp_path, trials=2, progress=notes)
    assert run.record.environment.precision == "mixed_bfloat16"
    assert len(run.trials) == 2
    assert "Precision: mixed_bfloat16, as the search was begun with." in notes.said
    with pytest.raises(SearchError, match="precision: mixed_bfloat16 then, float32 now"):
        search(tmp_path, precision="float32")
    # A new search is begun in the choice that is kept.
    assert search(tmp_path, fresh=True).record.environment.precision == "float32"
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.slow
def test_a_choice_changes_no_random_number(tmp_path: Path) -> None:
    """The same seed would give other trials on the first command and on the next."""
    auto = search(tmp_path)
    assert auto.record.environment.precision == "mixed_bfloat16"
    given = search(tmp_path, name="given", precision="mixed_bfloat16")
    assert auto.trials["score"].tolist() == given.trials["score"].tolist()
    assert auto.record.finals[0].test_loss == given.record.finals[0].test_loss


def test_a_baseline_is_trained_in_the_same_choice(tmp_path: Path) -> None:
    """Its training time could not be compared with the winner's."""
    keep(tmp_path, FAST_HALF)
    default = tunebench.train(
        str(tmp_path / "tiny.py"), **SMALL, runs_dir=tmp_path / "runs", precision="auto"
    )
    assert default.record.environment.precision == "mixed_bfloat16"
