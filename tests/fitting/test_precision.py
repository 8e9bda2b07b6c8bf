"""``--precision auto``.

Which of two similar models is faster depends on the machine; here one does far more work.
"""

import itertools
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import tunebench
from tests.small import TINY_SPACE, digits, write_space
from tunebench import determinism, measured, spaces, xla
from tunebench.datasets import Split
from tunebench.errors import SearchError
from tunebench.finals.reopen import recorded_options, reopened
from tunebench.fitting import step_times
from tunebench.fitting.precision import Choice, choose, decide
from tunebench.fitting.step_times import Timed
from tunebench.machine_load import LoadMeter
from tunebench.options import Policy
from tunebench.progress import SilentProgress
from tunebench.user_cache import cache_folder

DATA = digits().training_data(0)
# Waits in float32, and is not traced, so that it does so in each step.
SOURCE = '''\
"""A model that is slow in float32."""

import time

import keras
from keras import layers


class Slow(layers.Layer):
    def call(self, inputs):
        time.sleep(0.05)
        return inputs


def build(hp, input_shape, num_classes):
    hp.Choice("units", [1, 2])
    half = keras.config.dtype_policy().name != "float32"
    images = keras.Input(input_shape)
    small = layers.Flatten()(layers.Rescaling(1 / 255)(layers.MaxPooling2D(4)(images)))
    if not half:
        small = Slow()(small)
    model = keras.Model(images, layers.Dense(num_classes, "softmax", dtype="float32")(small))
    settings = {"metrics": ["accuracy"], "run_eagerly": True}
    model.compile("sgd", "sparse_categorical_crossentropy", **settings)
    return model
'''


def _in_half(line: str) -> str:
    """A space that does the same work in both precisions, with a line for half precision."""
    return SOURCE.replace("if not half:", f"if half:\n        {line}\n    if False:")


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests may keep the machine busy."""
    monkeypatch.setattr(import_module("tunebench.fitting.precision"), "_BUSY", 1.0)


class _Notes(SilentProgress):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, message: str) -> None:
        self.texts.append(message)


def _chosen(folder: Path, source: str) -> tuple[str, str]:
    """The precision of a space and the last progress note."""
    notes = _Notes()
    space = spaces.find(str(write_space(folder, source)))
    return choose(space, DATA, 0, 10, notes).precision, notes.texts[-1]


def _timed(policy: Policy, step: float, setup: float = 0.0, *, xla: bool = True) -> Timed:
    return Timed(precision=policy, xla=xla, setup=setup, step=step)


def _cache(folder: Path, policy: Policy) -> Path:
    """Cache measurements for a space, by which a precision is the fastest."""
    path = step_times.cache_path(spaces.find(str(write_space(folder, SOURCE))), DATA)
    measured.save(path, [_timed("float32", 1.0), _timed(policy, 0.5)])
    return path


@pytest.mark.parametrize(
    ("others", "precision", "reason"),
    [
        ([_timed("mixed_bfloat16", 0.0625)], "mixed_bfloat16", "1.6× as fast as float32"),
        (
            [_timed("mixed_bfloat16", 0.05), _timed("mixed_float16", 0.04)],
            "mixed_float16",
            "2.5× as fast as float32",
        ),
        ([_timed("mixed_bfloat16", 0.0909)], "mixed_bfloat16", "1.1× as fast as float32"),
        ([_timed("mixed_bfloat16", 0.0915)], "float32", "mixed_bfloat16 is 1.09× as fast"),
        ([], "float32", "the model cannot be trained in half precision"),
    ],
)
def test_the_fastest_is_chosen_if_it_gains_a_tenth(
    others: list[Timed], precision: Policy, reason: str
) -> None:
    """float32 takes 0.1 s per step; a precision in which the model cannot be trained is left out."""
    assert decide([_timed("float32", 0.1), *others], 1000) == Choice(precision, xla=True, reason=reason)


def test_compiling_by_xla_has_to_pay() -> None:
    """It takes 10 s and saves half of each step: it pays for many steps only, in any precision."""
    timed = [_timed("float32", 0.1, 10.0), _timed("float32", 0.2, 1.0, xla=False)]
    assert decide(timed, 50) == Choice("float32", xla=False, reason="1.4× as fast as float32")
    assert decide(timed, 500) == Choice("float32", xla=True, reason="float32 without XLA is 0.59× as fast")


def test_a_faster_precision_is_chosen_and_cached(tmp_path: Path) -> None:
    """The next command reads the choice; a damaged file counts as none."""
    chosen, note = _chosen(tmp_path, SOURCE)
    assert chosen == "mixed_bfloat16"
    assert note.endswith("× as fast as float32; remembered for this machine.")
    assert keras.config.dtype_policy().name == "float32"
    assert _chosen(tmp_path, SOURCE)[1].endswith("measured on this machine earlier.")
    (file,) = (cache_folder() / "precision").glob("*.json")
    for damage in (b"", b"{", b"[]", b'[{"precision": "float128"}]', b"\xff"):
        file.write_bytes(damage)
        assert not measured.read(file, list[Timed])


def test_times_on_a_busy_machine_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next command measures again."""
    monkeypatch.setattr(LoadMeter, "others", 0.5, raising=False)
    monkeypatch.setattr(LoadMeter, "__init__", lambda _: None)
    monkeypatch.setattr(LoadMeter, "__enter__", lambda meter: meter)
    monkeypatch.setattr(LoadMeter, "__exit__", lambda *_: None)
    monkeypatch.setattr(import_module("tunebench.fitting.precision"), "_BUSY", 0.2)
    assert _chosen(tmp_path, SOURCE)[1].endswith(
        "not remembered, because other programs used 50% of the machine."
    )
    assert not (cache_folder() / "precision").exists()


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
        step_times.cache_path(spaces.find(str(write_space(tmp_path, source))), data)
        for source in (SOURCE, TINY_SPACE)
        for data in (DATA, larger, replace(DATA, class_names=("0", "1")))
    }
    assert len(paths) == 6
    path = paths.pop()
    path.parent.touch()
    assert "not writable" in measured.save(path, [_timed("float32", 1.0)])


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


def test_without_deterministic_operations_xla_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under TensorFlow on a GPU each precision is timed with and without it."""
    monkeypatch.setattr("tunebench.environment.is_deterministic", lambda: False)
    monkeypatch.setattr("tunebench.environment.on_processor", lambda: False)
    seen = []

    def timed(_space: object, _data: object, kind: step_times.Kind, _seed: int) -> Any:
        seen.append(kind)
        return iter([step_times.Turn(1.0 + kind.xla, 0.2), *[step_times.Turn(0.0, 0.1)] * 3])

    monkeypatch.setattr(step_times, "turns", timed)
    found = step_times.measure(spaces.find("cnn1"), DATA, 0)
    assert [(each.precision, each.xla, each.setup, each.step) for each in found] == [
        ("float32", True, 2.0, 0.1),
        ("mixed_bfloat16", True, 2.0, 0.1),
        ("mixed_float16", True, 2.0, 0.1),
        ("float32", False, 1.0, 0.1),
        ("mixed_bfloat16", False, 1.0, 0.1),
        ("mixed_float16", False, 1.0, 0.1),
    ]
    assert [*seen] == [step_times.Kind(each.precision, each.xla) for each in found]


@pytest.mark.parametrize("device", ["processor", "GPU"])
def test_steps_are_timed_as_trials_run_them(
    tmp_path: Path, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few images are used over and over, in few steps; only the first turn builds and compiles."""
    if device == "GPU":
        monkeypatch.setattr("tunebench.environment.on_processor", lambda: False)
        monkeypatch.setattr("tunebench.fitting.on_device.fits", lambda *_: True)
    few = replace(DATA, train=DATA.train.take(np.arange(20)))
    training = step_times.turns(
        spaces.find(str(write_space(tmp_path, TINY_SPACE))), few, step_times.DEFAULT, 0
    )
    first, second, _ = itertools.islice(training, 3)
    assert first.setup > 10 * second.setup
    assert 0.0 < second.step < first.setup


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


@pytest.mark.slow
def test_a_run_that_is_faster_without_xla_says_so(tmp_path: Path) -> None:
    """Its record and a resumed search keep that, also when it is trained again; other sessions do not."""
    space = spaces.find(str(write_space(tmp_path)))
    with determinism.deterministic(on=False):
        path = step_times.cache_path(space, DATA)
    timed = [_timed("float32", 1.0, 20.0), _timed("float32", 1.0, 1.0, xla=False)]
    measured.save(path, timed)
    settings: dict[str, Any] = {"dataset": "digits", "train_size": 300, "test_size": 40, "epochs": 1}
    settings |= {"confirm": 1, "seeds": 1, "runs_dir": tmp_path / "runs", "precision": "auto"}
    run = tunebench.search(str(tmp_path / "tiny.py"), trials=1, deterministic="off", **settings)
    assert run.record.environment.xla is False
    assert not xla.is_off()
    path.unlink()
    resumed = tunebench.search(str(tmp_path / "tiny.py"), trials=2, **settings)
    assert (resumed.record.environment.xla, len(resumed.trials)) == (False, 2)
    with reopened(resumed.record, recorded_options(resumed.record, None, SilentProgress())):
        assert xla.is_off()
    assert not xla.is_off()
