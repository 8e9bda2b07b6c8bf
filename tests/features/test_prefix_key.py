"""The fingerprint: equal for what computes the same, different for what does not."""

import re
import sys
import types
from collections.abc import Callable
from typing import Any

import keras
import pytest

from tests.features.prefixes import IMAGE_SHAPE, convolution
from tests.small import dtype_policy
from tunebench.features import fingerprint


def test_same_build_same_fingerprint() -> None:
    """Keras numbers its layers anew in each build: the second trial would compute all features again."""
    first, second = convolution(), convolution()
    assert first.layers[-1].name != second.layers[-1].name
    assert fingerprint(first) == fingerprint(second)
    assert re.fullmatch("[0-9a-f]{64}", fingerprint(first))


@pytest.mark.parametrize(
    "other",
    [
        lambda: convolution(seed=1),
        lambda: convolution(filters=5),
        lambda: convolution(scale=1 / 127.5),
        lambda: convolution(interpolation="bicubic"),
    ],
    ids=["weights", "structure", "scaling", "resizing"],
)
def test_what_changes_features_changes_it(other: Callable[[], Any]) -> None:
    """Features of another prefix would be taken for this one's: wrong results without an error."""
    assert fingerprint(other()) != fingerprint(convolution())


def test_graph_counts() -> None:
    """Equal layers, wired otherwise, with names made up alike: references go by position."""

    def build(*, crossed: bool) -> Any:
        images = keras.Input(IMAGE_SHAPE)
        first, second = keras.layers.Rescaling(1.0)(images), keras.layers.Rescaling(2.0)(images)
        return keras.Model(images, keras.layers.Subtract()([second, first] if crossed else [first, second]))

    assert fingerprint(build(crossed=False)) == fingerprint(build(crossed=False))
    assert fingerprint(build(crossed=False)) != fingerprint(build(crossed=True))


def test_nested_models_and_wrappers() -> None:
    """A backbone is a model in the model; its made-up names must not count either, its arguments must."""

    def build(rate: float) -> Any:
        inner = keras.Sequential([keras.Input(IMAGE_SHAPE), keras.layers.Rescaling(rate)])
        images = keras.Input(IMAGE_SHAPE)
        x = keras.layers.TimeDistributed(keras.layers.Rescaling(3.0))(inner(images))
        return keras.Model(images, x * 2)

    assert fingerprint(build(1.0)) == fingerprint(build(1.0))
    assert fingerprint(build(1.0)) != fingerprint(build(2.0))


def test_names_that_look_like_values() -> None:
    """A layer called as an activation is, must not hide which activation it has."""

    def build(name: str, activation: str) -> Any:
        images = keras.Input(IMAGE_SHAPE)
        return keras.Model(images, keras.layers.Activation(activation, name=name)(images))

    assert fingerprint(build("relu", "relu")) != fingerprint(build("tanh", "tanh"))


def test_dtype_policy_counts() -> None:
    """Features of half precision differ in the third digit."""
    full = convolution()
    with dtype_policy("mixed_float16"):
        half = convolution()
    assert fingerprint(full) != fingerprint(half)


OWN_LAYER = """
import keras

FACTOR = 2

def scale(x):
    return x * FACTOR

class Own(keras.layers.Layer):
    def call(self, x):
        return scale(x) + self.shift

    @property
    def shift(self):
        return 1
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("FACTOR = 2", "FACTOR = 3"),
        ("x * FACTOR", "x - FACTOR"),
        ("return 1", "return 5"),
        ("scale(x) +", "x +"),
    ],
)
def test_code_of_own_layers_counts(old: str, new: str) -> None:
    """A user changes what an own layer does and none of its arguments: the old features would be served."""
    assert old in OWN_LAYER

    def build(source: str) -> str:
        namespace: dict[str, Any] = {"__name__": "own"}
        exec(source, namespace)  # noqa: S102 (stands for a space file, read anew)
        images = keras.Input(IMAGE_SHAPE)
        return fingerprint(keras.Model(images, namespace["Own"]()(images)))

    assert build(OWN_LAYER) == build(OWN_LAYER + "\n# A comment.")
    assert build(OWN_LAYER) != build(OWN_LAYER.replace(old, new))


HELPERS = """
import functools

class Setting:
    __slots__ = ("factor",)

    def __init__(self, factor):
        self.factor = factor

def doubled(function):
    @functools.wraps(function)
    def twice(*arguments):
        return 2 * function(*arguments)
    return twice

TABLE = [1, 2]
SETTING = Setting(3)
OTHER = 4

def scale(x):
    return x * 5
"""


@pytest.mark.parametrize(
    ("call", "old", "new"),
    [
        ("helpers.scale(x)", "x * 5", "x * 6"),
        ("helpers.TABLE[1] * x", "[1, 2]", "[1, 3]"),
        ("helpers.SETTING.factor * x", "Setting(3)", "Setting(4)"),
        ("SETTING.factor * x", "Setting(3)", "Setting(4)"),
        ("inner.inner.scale(x)", "x * 5", "x * 6"),
        ("imported(x)", "x * 5", "x * 6"),
        ("self.decorated(x)", "2 * function", "3 * function"),
    ],
)
def test_helpers_count(monkeypatch: pytest.MonkeyPatch, call: str, old: str, new: str) -> None:
    """A user's layers use a module of helpers beside the space; a change there must not find old features."""

    def build(source: str) -> str:
        helpers = types.ModuleType("helpers")
        exec(source, helpers.__dict__)  # noqa: S102 (stands for a file of the user's)
        helpers.__dict__["inner"] = helpers
        monkeypatch.setitem(sys.modules, "helpers", helpers)
        return _fingerprint_of_layer(LAYER_WITH_HELPERS.replace("CALL", call))

    assert old in HELPERS
    assert build(HELPERS) == build(HELPERS.replace("OTHER = 4", "OTHER = 7"))
    assert build(HELPERS) != build(HELPERS.replace(old, new))


LAYER_WITH_HELPERS = """
import helpers
import keras
from helpers import SETTING, inner, doubled

def imported(x):
    import helpers as found_when_run
    return found_when_run.scale(x)

class Own(keras.layers.Layer):
    def call(self, x):
        return CALL

    @doubled
    def decorated(self, x):
        return x
"""


def _fingerprint_of_layer(source: str) -> str:
    namespace: dict[str, Any] = {"__name__": "own"}
    exec(source, namespace)  # noqa: S102 (stands for a space file, read anew)
    images = keras.Input(IMAGE_SHAPE)
    return fingerprint(keras.Model(images, namespace["Own"]()(images)))


def test_usual_objects_can_be_compared() -> None:
    """Features would never be kept where a space has a logger, an enumeration or a regular expression."""
    source = """
import abc, collections, dataclasses, enum, functools, logging, pathlib, re
import keras, numpy

class Kind(enum.Enum):
    A = 1

@dataclasses.dataclass(frozen=True)
class Setting:
    factor: float = 2.0
    names: list = dataclasses.field(default_factory=list)

class Base(abc.ABC):
    @functools.cached_property
    def lazy(self): return 1
    @abc.abstractmethod
    def needed(self): ...

@functools.lru_cache
def cached(): return 1

USED = [
    Kind.A, Setting(), Base, cached, logging.getLogger("x"), re.compile("a"), pathlib.Path("a"),
    collections.OrderedDict(a=1), collections.deque([1]), numpy.float32(1), numpy.random.default_rng(0),
    numpy.sin, len, keras.layers.Dense(3), keras.initializers.GlorotUniform(), keras.Variable(1.0),
    keras.ops.ones((2,)), keras.DTypePolicy("float32"), object(), frozenset({1}), [].append,
]

class Own(keras.layers.Layer):
    def call(self, x): return x * len(USED)
"""
    assert _fingerprint_of_layer(source) == _fingerprint_of_layer(source)
    for old, new in {"A = 1": "A = 2", "factor: float = 2.0": "factor: float = 3.0", '"a")': '"b")'}.items():
        assert _fingerprint_of_layer(source) != _fingerprint_of_layer(source.replace(old, new))
    for old, new in {"cached(): return 1": "cached(): return 2", "Dense(3)": "Dense(4)"}.items():
        assert _fingerprint_of_layer(source) != _fingerprint_of_layer(source.replace(old, new))


def test_layers_within_own_layers_count() -> None:
    """Keras lists only the layers of a model, not those that a layer holds; nor the object of a method."""

    class Scale:
        def __init__(self, factor: float) -> None:
            self.factor = factor

        def apply(self, x: Any) -> Any:
            return self.factor * x

    def build(factor: float) -> str:
        images = keras.Input((4, *IMAGE_SHAPE))
        inner = keras.layers.Activation(Scale(factor).apply)
        return fingerprint(keras.Model(images, keras.layers.TimeDistributed(inner)(images)))

    assert build(2) == build(2)
    assert build(2) != build(3)


def test_own_activation_counts() -> None:
    """Keras serialises a function by its name alone."""

    def build(factor: int) -> str:
        def activation(x: Any) -> Any:
            return x * factor

        images = keras.Input(IMAGE_SHAPE)
        return fingerprint(keras.Model(images, keras.layers.Activation(activation)(images)))

    assert build(2) == build(2)
    assert build(2) != build(3)
