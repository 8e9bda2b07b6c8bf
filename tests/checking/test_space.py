"""`tunebench check` of a space: what it finds, and what it finds wrong."""

import json
from pathlib import Path

import pytest

from tests.eager import compile_eagerly
from tests.small import write_space
from tunebench import check_space
from tunebench.checking.space import CheckedSpace
from tunebench.cli.main import main

# Some of its values fail: one when it is built, one when it is evaluated, one when it is trained.
SOURCE = '''\
"""Fails at some values."""

import keras
from keras import layers

STARTING_POINTS = [{"units": 4, "end": "none"}, {"rate": 1e30}]


def build(hp, input_shape, num_classes):
    units = hp.Int("units", 4, 16, default=8)
    end = hp.Choice("end", ["softmax", "none", "broken"])
    rate = hp.Float("rate", 1e-3, 1e30, sampling="log", default=1e-2)
    if end == "broken":
        raise ValueError("no such end")
    model = keras.Sequential(
        [
            keras.Input(input_shape),
            layers.MaxPooling2D(8),
            layers.Flatten(),
            layers.Dense(units),
            layers.Dense(num_classes, None if end == "none" else end),
        ]
    )
    # Tracing would take most of the time.
    settings = {"metrics": ["accuracy"], "run_eagerly": True}
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", **settings)
    return model
'''


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> CheckedSpace:
    """The space above, without random points."""
    space = write_space(tmp_path_factory.mktemp("space"), SOURCE, "odd")
    return check_space(space, points=0, dataset="digits", train_size=100, test_size=20)


def test_the_defaults_are_measured(checked: CheckedSpace) -> None:
    """Layers and parameters are the model's, memory and time positive."""
    found = checked.points[0]
    assert (found.point.name, found.problem) == ("defaults", None)
    assert (found.layers, found.parameters, found.batch_size) == (4, 48 * 8 + 8 + 8 * 10 + 10, 32)
    assert found.memory_bytes is not None
    assert found.memory_bytes > 16 * found.parameters
    assert found.seconds_per_step is not None
    assert 0 < found.seconds_per_step < 60


def test_each_failing_point_has_its_values_and_the_reason(checked: CheckedSpace) -> None:
    """A model that cannot be built, one without probabilities and one whose loss is infinite."""
    problems = {each.point.name: each for each in checked.problems}
    assert set(problems) == {"start 1", "start 2", "end=broken"}
    assert problems["start 1"].point.values["end"] == "none"
    assert "not probabilities" in (problems["start 1"].problem or "")
    assert "loss was" in (problems["start 2"].problem or "")
    assert "ValueError: no such end" in (problems["end=broken"].problem or "")


def test_the_effect_of_each_hyperparameter_on_the_size(checked: CheckedSpace) -> None:
    """At both ends of its range; what cannot be built is left out."""
    effects = {each.hyperparameter: each for each in checked.effects}
    assert set(effects) == {"units", "end", "rate"}
    assert (effects["units"].low.value, effects["units"].high.value) == (4, 16)
    assert effects["units"].low.parameters == 48 * 4 + 4 + 4 * 10 + 10
    assert effects["units"].factor == pytest.approx(954 / 246)
    assert effects["rate"].factor == 1


def test_the_command_prints_all_and_then_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both tables and each problem are on standard output, one line of error follows, and the status is 1."""
    monkeypatch.chdir(tmp_path)
    source = SOURCE.replace('[{"units": 4, "end": "none"}, {"rate": 1e30}]', "[]")
    space = write_space(tmp_path, source, "odd")
    size = ["--dataset", "digits", "--train-size", "100", "--points", "0", "--sheet", "sheet.png"]
    with pytest.raises(SystemExit) as ended:
        main(["check", str(space), *size])
    printed = capsys.readouterr()
    assert ended.value.code == 1
    assert "Checked on digits: 32×32 pixels, 10 classes." in printed.out
    assert "defaults       4         482" in printed.out
    assert "units                4         246       16         954    3.9×" in printed.out
    assert "No effect on the number of parameters: end, rate." in printed.out
    assert "end=broken fails: Space odd: build() failed: ValueError: no such end." in printed.out
    assert printed.err.splitlines()[-1].startswith("Error: Space odd fails at 1 of the points tried")
    assert (tmp_path / "sheet.png").is_file()


@pytest.mark.slow
def test_a_space_that_is_written_to_start_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no problem at any point; the JSON has what the text says."""
    # Tracing would take most of the time.
    compile_eagerly(monkeypatch)
    monkeypatch.chdir(tmp_path)
    main(["new", "mine"])
    assert "tunebench search mine.py --dataset digits" in capsys.readouterr().out
    size = ["--train-size", "100", "--points", "1", "--format", "json"]
    main(["check", "mine.py", "--dataset", "digits", *size])
    found = json.loads(capsys.readouterr().out)
    assert [point["name"] for point in found["points"]] == ["defaults", "start 1", "random 1"]
    assert all(point["problem"] is None for point in found["points"])
    assert found["points"][2]["hyperparameters"].keys() >= {"blocks", "filters", "augmentation"}
    assert {each["hyperparameter"] for each in found["effects"]} >= {"blocks", "filters"}
    assert found["unbuildable"] == []
