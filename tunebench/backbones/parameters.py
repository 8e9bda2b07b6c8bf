"""Count the weights of a model that may contain a SavedModel."""

from collections.abc import Iterator
from typing import Any


def count_parameters(model: Any) -> int:
    """All weights of a Keras model, including those inside a SavedModel, which Keras does not see."""
    hidden = {id(layer): getattr(layer, "num_hidden_parameters", 0) for layer in every_layer(model)}
    return int(model.count_params()) + sum(hidden.values())


def every_layer(model: Any) -> Iterator[Any]:
    """The layers of a model and of the models inside it."""
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from every_layer(layer)
