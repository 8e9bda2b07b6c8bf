"""Find, import, check and declare search spaces.

A space is a module, or an object that a program gives, which builds compiled Keras models. Its contract is
``docs/spaces.md``.
"""

from tunebench.spaces.custom_objects import custom_objects
from tunebench.spaces.discovery import files, find, is_name, names, sha256, summary
from tunebench.spaces.hyperparameters.declare import declare
from tunebench.spaces.preflight import check
from tunebench.spaces.shapes import Shape
from tunebench.spaces.space import DEFAULT_EPOCHS, Space

__all__ = [
    "DEFAULT_EPOCHS",
    "Shape",
    "Space",
    "check",
    "custom_objects",
    "declare",
    "files",
    "find",
    "is_name",
    "names",
    "sha256",
    "summary",
]
