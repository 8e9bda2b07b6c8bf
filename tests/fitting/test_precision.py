"""``--precision auto``.

Which of two similar models is faster depends on the machine; here one does far more work.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import pytest

import tunebench
from tests.small import TINY_SPACE, digits, write_space
from tunebench import measured, spaces
from tunebench.datasets import Split
from tunebench.errors import SearchError
from tunebench.fitting import precision
from tunebench.fitting.precision import Choice, choose, decide
from tunebench.options import Policy
from tunebench.progress import SilentProgress
from tunebench.user_cache import cache_folder

DATA = digits().training_data(0)
# Does more work in float32, and is not traced, which would take most of the time.
SOURCE = '''\
"""A model that is slow in float32."""

import keras
from keras import layers


def build(hp, input_shape, num_classes):
    hp.Choice("units", [1, 2])
    half = keras.config.dtype_policy().name != "float32"
    images = keras.Input(input_shape)
    small = layers.Flatten()(layers.Rescaling(1 / 255)(layers.MaxPooling2D(4)(images)))
    if not half:
        slow = layers.Conv2D(32, 3, padding="same")(layers.Conv2D(32, 3)(images))
        small = layers.Concatenate()([small, 1e-6 * layers.GlobalAveragePooling2D()(slow)])
    model = keras.Model(images, layers.Dense(num_classes, "softmax", dtype="float32")(small))
    settings = {"metrics": ["accuracy"], "run_eagerly": True}
    model.compile("sgd", "sparse_categorical_crossentropy", **settings)
    return model
'''


def _in_half(line: str) -> str:
    """A space that does the same work in both precisions, with a line for half precision."""
    return SOURCE.replace("if not half:", f"if half:\n        {line}\n    if False:")


class _Notes(SilentProgress):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, message: str) -> None:
        self.texts.append(message)


def _chosen(folder: Path, source: str) -> tuple[str, str]:
    """The precision of a space and the last progress note."""
    notes = _Notes()
    space = spaces.find(str(write_space(folder, source)))
    return choose(space, DATA, 0, notes), notes.texts[-1]


def _cache(folder: Path, policy: Policy) -> Path:
    """Cache a choice for a space."""
    path = precision.cache_path(spaces.find(str(write_space(folder, SOURCE))), DATA)
    measured.save(path, Choice(precision=policy, reason="faster"))
    return path


@pytest.mark.parametrize(
    ("step_seconds", "precision", "reason"),
    [
        ({"mixed_bfloat16": 0.0625}, "mixed_bfloat16", "1.6 × as fast as float32 per step"),
        (
            {"mixed_bfloat16": 0.05, "mixed_float16": 0.04},
            "mixed_float16",
            "2.5 × as fast as float32 per step",
        ),
        ({"mixed_bfloat16": 0.0909}, "mixed_bfloat16", "1.1 × as fast as float32 per step"),
        ({"mixed_bfloat16": 0.0915}, "float32", "mixed_bfloat16 is 1.09 × as fast per step"),
        ({}, "float32", "the model cannot be trained in half precision"),
    ],
)
def test_the_fastest_is_chosen_if_it_gains_a_tenth(
    step_seconds: dict[Policy, float], precision: Policy, reason: str
) -> None:
    """float32 takes 0.1 s per step; a precision in which the model cannot be trained is left out."""
    assert decide({"float32": 0.1, **step_seconds}) == Choice(precision=precision, reason=reason)


def test_a_faster_precision_is_chosen_and_cached(tmp_path: Path) -> None:
    """The next command reads the choice; a damaged file counts as none."""
    chosen, note = _chosen(tmp_path, SOURCE)
    assert chosen == "mixed_bfloat16"
    assert note.endswith("× as fast as float32 per step; saved for this machine.")
    assert keras.config.dtype_policy().name == "float32"
    assert _chosen(tmp_path, SOURCE)[1].endswith("measured on this machine earlier.")
    (file,) = (cache_folder() / "precision").glob("*.json")
    for damage in (b"", b"{", b'{"precision": "float128", "reason": ""}', b"\xff"):
        file.write_bytes(damage)
        assert measured.read(file, Choice) is None


@pytest.mark.parametrize("line", ["raise TypeError", "small = small * float('nan')"])
def test_a_precision_that_cannot_be_trained_is_not_chosen(tmp_path: Path, line: str) -> None:
    """The model fails in half precision, or its loss is not finite."""
    chosen, note = _chosen(tmp_path, _in_half(line))
    assert chosen == "float32"
    assert "cannot be trained in half precision" in note


def test_a_model_that_fails_in_float32_is_left_to_its_trials(tmp_path: Path) -> None:
    """The choice is float32 and not cached; the failed trials record the reason."""
    chosen, note = _chosen(tmp_path, SOURCE.replace("sparse_categorical_crossentropy", "no_such_loss"))
    assert chosen == "float32"
    assert "could not be trained" in note
    assert not (cache_folder() / "precision").exists()
    assert keras.config.dtype_policy().name == "float32"


def test_a_choice_is_cached_per_space_and_shape_of_the_data(tmp_path: Path) -> None:
    """Each has its own file."""
    larger = replace(DATA, train=Split(DATA.train.images.repeat(2, axis=1), DATA.train.labels))
    paths = {
        precision.cache_path(spaces.find(str(write_space(tmp_path, source))), data)
        for source in (SOURCE, TINY_SPACE)
        for data in (DATA, larger, replace(DATA, class_names=("0", "1")))
    }
    assert len(paths) == 6
    path = paths.pop()
    path.parent.touch()
    assert "not writable" in measured.save(path, Choice(precision="float32", reason=""))


def test_with_a_frozen_prefix_it_is_float32(tmp_path: Path) -> None:
    """Features are computed and cached in float32; nothing is timed."""
    prefix = TINY_SPACE + (
        "\n\ndef frozen_prefix(hp, input_shape):\n"
        "    images = keras.Input(input_shape, dtype='uint8')\n"
        "    return keras.Model(images, layers.MaxPooling2D(2)(layers.Rescaling(1 / 255)(images)))\n"
    )
    chosen, note = _chosen(tmp_path, prefix)
    assert chosen == "float32"
    assert "frozen prefix" in note
    assert not (cache_folder() / "precision").exists()


@pytest.mark.slow
def test_runs_use_the_choice_and_a_resumed_search_keeps_its_own(tmp_path: Path) -> None:
    """Measuring changes no random number; a search resumes in the precision that it was started in."""
    path = _cache(tmp_path, "float32")
    path.unlink()
    settings: dict[str, Any] = {"dataset": "digits", "train_size": 100, "test_size": 40, "epochs": 1}
    settings |= {"confirm": 1, "seeds": 1, "runs_dir": tmp_path / "runs"}
    space = str(tmp_path / "tiny.py")
    auto = tunebench.search(space, trials=1, precision="auto", **settings)
    explicit = tunebench.search(space, trials=1, precision="mixed_bfloat16", name="explicit", **settings)
    assert auto.record.environment.precision == explicit.record.environment.precision == "mixed_bfloat16"
    assert auto.trials["score"].tolist() == explicit.trials["score"].tolist()
    assert auto.record.finals[0].test_loss == explicit.record.finals[0].test_loss
    model = keras.saving.load_model(explicit.folder / "model-0.keras", safe_mode=True)
    assert model.get_layer("rescaling").dtype_policy.name == "mixed_bfloat16"
    _cache(tmp_path, "float32")
    resumed = tunebench.search(space, trials=2, precision="auto", **settings)
    assert resumed.record.environment.precision == "mixed_bfloat16"
    assert len(resumed.trials) == 2
    with pytest.raises(SearchError, match="precision: mixed_bfloat16 then, float32 now"):
        tunebench.search(space, trials=2, precision="float32", **settings)
    assert keras.config.dtype_policy().name == "float32"
