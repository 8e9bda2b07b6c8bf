"""Models without tracing, which would take longer than computing a few batches."""

import functools
from typing import Any

import keras
import pytest


def call(model: Any, inputs: Any) -> Any:
    """What the model computes for a batch in inference mode, as an array."""
    # A model that was made with a list of inputs warns if it gets an array.
    in_list = isinstance(getattr(model, "_inputs_struct", None), list) and not isinstance(inputs, list)
    return keras.ops.convert_to_numpy(model([inputs] if in_list else inputs, training=False))


def compile_eagerly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let models run eagerly wherever they are compiled."""
    eager = functools.partialmethod(keras.Model.compile, run_eagerly=True)
    monkeypatch.setattr(keras.Model, "compile", eager)
