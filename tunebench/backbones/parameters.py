"""Count the weights of a model that may contain a SavedModel."""

from collections.abc import Iterator
from typing import Any


def count_parameters(model: Any) -> int:
    """All weights of a Keras model, including those inside a SavedModel, which Keras does not see."""
    hidden = {id(layer): getattr(layer, "num_hidden_parameters", 0) for layer in _layers(model)}
    return int(model.count_params()) + sum(hidden.values())


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _layers(layer)
