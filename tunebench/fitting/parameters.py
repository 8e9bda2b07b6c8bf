"""How many weights a model has."""

from typing import Any

from tunebench import backbones


def num_parameters(model: Any | None) -> int:
    """Weights of a model, those of a loaded SavedModel included; 0 for no model."""
    return 0 if model is None else int(backbones.count_parameters(model))
