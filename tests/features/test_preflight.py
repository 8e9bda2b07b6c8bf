"""Models that could not be saved and loaded are refused before the first epoch."""

from pathlib import Path

import pytest

from tests.small import write_space
from tunebench import spaces
from tunebench.errors import InvalidSpaceError
from tunebench.features.preflight import preflight

SOURCE = """
import keras
from keras import layers
from parts import constant

@REGISTERED
class Scale(layers.Layer):
    def __init__(self, factor=constant.FACTOR, **arguments):
        super().__init__(**arguments)
        self.factor = factor

    def call(self, x):
        return self.factor * x

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}

def build(hp, input_shape, num_classes):
    model = keras.Sequential(
        [keras.Input(input_shape), layers.Flatten(), SCALED, layers.Dense(num_classes, "softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
"""
REGISTERED = "@keras.saving.register_keras_serializable()"


def _check(folder: Path, source: str, scaled: str = "Scale(0.001)") -> None:
    (folder / "parts").mkdir()
    (folder / "parts" / "constant.py").write_text("FACTOR = 1.0\n")
    space = spaces.find(str(write_space(folder, source.replace("SCALED", scaled))))
    preflight(space, spaces.declare(space, (8, 8, 3), 10), (8, 8, 3), 10)


@pytest.mark.parametrize("registered", [REGISTERED, ""])
def test_a_layer_of_the_users_is_accepted(tmp_path: Path, registered: str) -> None:
    """It can be loaded by a program that has its class; the space's modules stay imported."""
    _check(tmp_path, SOURCE.replace("@REGISTERED", registered))


@pytest.mark.parametrize(
    ("source", "scaled"),
    [
        (SOURCE.replace("@REGISTERED", REGISTERED), "layers.Lambda(lambda x: 0.001 * x)"),
        (SOURCE.replace("@REGISTERED", REGISTERED).replace(', "factor": self.factor', ""), "Scale(0.001)"),
        (
            SOURCE.replace("@REGISTERED", REGISTERED).replace('"factor": self', '"scale": self'),
            "Scale(0.001)",
        ),
    ],
    ids=["lambda", "factor forgotten", "factor misnamed"],
)
def test_what_others_could_not_load_is_refused(tmp_path: Path, source: str, scaled: str) -> None:
    """The line says what the layer lacks."""
    with pytest.raises(InvalidSpaceError, match=r"saved and loaded.*get_config\(\)") as caught:
        _check(tmp_path, source, scaled)
    assert "\n" not in str(caught.value)


def test_arguments_are_examined_that_are_not_at_their_defaults(tmp_path: Path) -> None:
    """A get_config() that leaves one out is found before the search, although the defaults hide it."""
    source = SOURCE.replace(', "factor": self.factor', "")
    scaled = 'Scale(hp.Float("factor", 0.001, 1.0, default=1.0))'
    with pytest.raises(InvalidSpaceError, match=r"predicts something else|saved and loaded"):
        _check(tmp_path, source.replace("@REGISTERED", REGISTERED), scaled)
