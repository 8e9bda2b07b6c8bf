"""What a prefix computes, as one hash: of its structure and its weights, and never of a name.

Names that Keras makes up (``conv2d_7``) differ from build to build, so they are left out, and references to
layers are replaced by their position. Everything else that Keras serialises counts: the arguments of each
layer, the preprocessing layers among them, the graph, the weights' bytes, and the versions that compute.
Code that is not Keras' is hashed in tunebench/prefix/code.py.
"""

import hashlib
import importlib
import json
import platform
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from tunebench import environment
from tunebench.features.code import code_sha256

# Goes up when features made by an earlier version must no longer be used.
_VERSION = 3


def fingerprint(prefix: Any) -> str:
    """Hash what a prefix computes.

    Args:
        prefix: A functional or sequential ``keras.Model``.

    Returns:
        SHA-256 as hexadecimal digits; equal for two models that were built alike and have equal weights.

    Raises:
        UnknownStateError: Its code uses an object of which it cannot be told what it does.
    """
    import keras  # noqa: PLC0415 (imports the back end)

    backend = keras.backend.backend()
    structure = {
        "version": _VERSION,
        # Of Python, for its own modules and bytecode; of tunebench, for its layers.
        "python": platform.python_version(),
        "tunebench": environment.installed("tunebench"),
        "keras": keras.__version__,
        "backend": [backend, importlib.import_module(backend).__version__],
        "graph": _without_made_up_names(keras.saving.serialize_keras_object(prefix), {}),
        "code": code_sha256(*_layers(prefix)),
    }
    digest = hashlib.sha256(json.dumps(structure, sort_keys=True).encode())
    for variable in prefix.weights:
        weight = np.ascontiguousarray(keras.ops.convert_to_numpy(variable))
        digest.update(f"{weight.dtype} {weight.shape}".encode())
        digest.update(weight.view(np.uint8).data)
    return digest.hexdigest()


def _layers(model: Any) -> list[Any]:
    """A model and all layers in it, those of nested models included."""
    nested = [found for layer in getattr(model, "layers", []) for found in _layers(layer)]
    return [model, *nested]


def _without_made_up_names(value: Any, positions: Mapping[str, int]) -> Any:
    """A serialised Keras object with made-up names removed and layers referred to by position.

    Args:
        value: A part of what ``keras.saving.serialize_keras_object`` gave.
        positions: The position of each layer of the model that encloses the part, by its name.

    Returns:
        The part, in a form that JSON can hold.
    """
    if isinstance(value, list | tuple):
        return [_without_made_up_names(item, positions) for item in value]
    if not isinstance(value, Mapping):
        return value
    if isinstance(value.get("layers"), list):
        names = [layer.get("name") or layer["config"].get("name") for layer in value["layers"]]
        positions = {name: position for position, name in enumerate(names)}
    result = {}
    for key, item in value.items():
        if key == "keras_history":
            result[key] = [positions.get(item[0], item[0]), *item[1:]]
        elif key in {"input_layers", "output_layers"}:
            result[key] = _by_position(item, positions)
        elif not (key == "name" and _is_made_up(item, value)):
            result[key] = _without_made_up_names(item, positions)
    if isinstance(config := result.get("config"), dict) and _is_made_up(config.get("name"), value):
        config.pop("name")
    return result


def _by_position(reference: Any, positions: Mapping[str, int]) -> Any:
    """``["conv2d_7", 0, 0]``, or a nesting of such, with the name replaced."""
    if isinstance(reference, str):
        return positions.get(reference, reference)
    if isinstance(reference, list | tuple):
        return [_by_position(item, positions) for item in reference]
    if isinstance(reference, Mapping):
        return {key: _by_position(item, positions) for key, item in reference.items()}
    return reference


def _is_made_up(name: Any, serialised: Mapping[str, Any]) -> bool:
    """Whether Keras made a name up: the class name in snake case, perhaps with a number."""
    class_name = serialised.get("class_name")
    if not isinstance(name, str) or not isinstance(class_name, str):
        return False
    return re.fullmatch(rf"{re.escape(_snake_case(class_name))}(_\d+)?", name) is not None


def _snake_case(class_name: str) -> str:
    # As Keras does it: Conv2D gives conv2d, MaxPooling2D gives max_pooling2d.
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", class_name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
