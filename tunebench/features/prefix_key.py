"""One hash of what a prefix computes: of its structure, its weights and the versions that run it.

Names differ from build to build (``conv2d_7``), so they are left out, and a layer is referred to by its
position. Code that is neither Keras' nor tunebench's own is not covered: see
`tunebench.spaces.foreign_code`.
"""

import hashlib
import importlib
import json
from collections.abc import Mapping
from typing import Any

from tunebench import environment

# Raised when features made by an earlier version must no longer be used.
_VERSION = 4
_REFERENCES = {"keras_history", "input_layers", "output_layers"}
_IGNORED = {"name", "build_config", "compile_config"}


def fingerprint(prefix: Any) -> str:
    """Hash what a prefix computes.

    Args:
        prefix: A functional or sequential ``keras.Model`` without foreign code.

    Returns:
        SHA-256 as hexadecimal digits; equal for two models that were built alike and have equal weights.
    """
    import keras  # noqa: PLC0415 (imports the back end)

    backend = keras.backend.backend()
    structure = {
        "version": _VERSION,
        "tunebench": environment.installed("tunebench"),
        "keras": keras.__version__,
        "backend": [backend, importlib.import_module(backend).__version__],
        "graph": _without_names(keras.saving.serialize_keras_object(prefix), {}),
    }
    digest = hashlib.sha256(json.dumps(structure, sort_keys=True).encode())
    for variable in prefix.weights:
        weight = keras.ops.convert_to_numpy(variable)
        digest.update(f"{weight.dtype} {weight.shape}".encode())
        digest.update(weight.tobytes())
    return digest.hexdigest()


def _without_names(value: Any, positions: Mapping[str, int], *, is_reference: bool = False) -> Any:
    """A part of a serialised model without names.

    Args:
        value: The part.
        positions: The position of each layer of the model around the part, by its name.
        is_reference: Whether a string in the part is a layer's name.
    """
    if isinstance(value, str):
        return positions.get(value, value) if is_reference else value
    if isinstance(value, list | tuple):
        return [_without_names(item, positions, is_reference=is_reference) for item in value]
    # A dtype policy is its name.
    if not isinstance(value, Mapping) or str(value.get("class_name")).endswith("DTypePolicy"):
        return value
    if isinstance(layers := value.get("layers"), list):
        positions = {layer.get("name"): position for position, layer in enumerate(layers)}
    return {
        key: _without_names(item, positions, is_reference=is_reference or key in _REFERENCES)
        for key, item in value.items()
        if key not in _IGNORED
    }
