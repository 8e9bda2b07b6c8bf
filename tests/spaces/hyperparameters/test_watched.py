"""Ranges that depend on other hyperparameters are noticed."""

import pickle
from typing import Any

import keras_tuner

from tunebench.spaces.hyperparameters import values
from tunebench.spaces.hyperparameters.watched import Watched


def _build(hp: Any) -> tuple[Any, ...]:
    first = hp.Int("first", 8, 32, step=8)
    with hp.name_scope("inner"):
        second = hp.Int("second", 4, max_value=first)
    kind = hp.Choice("kind", ["a", "b"] if first < 32 else ["a", "b", "c"])
    rate = hp.Float("rate", 0.1, 0.5, parent_name="kind", parent_values=["a"])
    return first, second, kind, rate, hp.Boolean("on")


def _declared() -> Any:
    hp = keras_tuner.HyperParameters()
    _build(hp)
    return hp


def test_a_range_that_changed_is_kept_with_the_trial() -> None:
    """Values are those of Keras Tuner; the build's other hyperparameters have the declared ranges."""
    declared = _declared()
    declared.values["first"] = 32
    watched = Watched.of(declared)
    assert _build(watched) == _build(declared.copy())
    assert watched.changed == {"inner/second": [4, 32], "kind": ["a", "b", "c"]}
    assert pickle.loads(pickle.dumps(watched)).changed == watched.changed  # noqa: S301 (made here)


def test_a_range_that_is_the_same_is_not() -> None:
    """Neither is that of a hyperparameter that the user set."""
    watched = Watched.of(_declared())
    _build(watched)
    assert watched.changed == {}
    fixed = Watched.of(values.fixed(_declared(), {"kind": "a"}))
    fixed.values["first"] = 8
    _build(fixed)
    assert fixed.changed == {}


def test_new_hyperparameters_reach_the_search() -> None:
    """What a build declares late is in the watched object."""
    watched = Watched.of(_declared())
    watched.Int("late", 1, 3)
    assert "late" in watched.values
    assert watched.changed == {}
