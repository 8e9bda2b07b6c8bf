"""Find, import, check and declare search spaces.

A space is a module with ``build(hp, input_shape, num_classes)`` that returns a compiled Keras model, and
perhaps ``frozen_prefix(hp, input_shape)``; then ``build`` gets the prefix's output shape. A plain Keras Tuner
``build(hp)`` is a space too. The first line of the module's docstring describes it; ``EPOCHS`` says how long
a baseline trains, ``STARTING_POINTS`` which hyperparameters a search tries before it draws any.
"""

from tunebench.spaces.discovery import files, find, names, sha256, summary
from tunebench.spaces.hyperparameters.declare import declare
from tunebench.spaces.preflight import check
from tunebench.spaces.space import DEFAULT_EPOCHS, Shape, Space

__all__ = [
    "DEFAULT_EPOCHS",
    "Shape",
    "Space",
    "check",
    "declare",
    "files",
    "find",
    "names",
    "sha256",
    "summary",
]
