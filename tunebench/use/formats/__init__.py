"""The formats that a model can be exported to, one per file."""

import importlib

from tunebench.use.formats.base import Format

# In the order of the help text: the name of each, and the module that has it as its FORMAT.
_MODULES = {
    "keras": "keras_file",
    "saved_model": "saved_model",
    "onnx": "onnx",
    "litert": "litert",
    "openvino": "openvino",
}
NAMES = tuple(_MODULES)

__all__ = ["NAMES", "Format", "find"]


def find(name: str) -> Format:
    """A format by its name, one of ``NAMES``; imports none of its packages."""
    found: Format = importlib.import_module(f"tunebench.use.formats.{_MODULES[name]}").FORMAT
    return found
