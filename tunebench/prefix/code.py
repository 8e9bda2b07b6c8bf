"""Hash the code of layers that are not Keras' own: their arguments do not say what they compute.

What is hashed is the code that runs, not its file, which may have changed since it was imported: a function's
bytecode, the constants it uses, and the functions and classes that it names, in turn.
"""

import functools
import hashlib
import inspect
import types
from collections.abc import Sequence
from typing import Any

import numpy as np

# Their versions, or their names in what Keras serialises, say enough.
_KNOWN_PACKAGES = {"builtins", "jax", "keras", "keras_tuner", "numpy", "tensorflow", "torch"}
_LEAVES = (bool, int, float, complex, str, bytes, types.NoneType, types.EllipsisType)


def code_sha256(*layers: Any) -> str:
    """SHA-256 of the foreign code behind layers: of their classes and of functions that they hold.

    Args:
        layers: Keras layers.

    Returns:
        Hexadecimal digits; the same wherever the layers run the same code on the same version of Python.
    """
    digest = hashlib.sha256()
    # By identity; the object itself is kept, so that no other takes its place.
    seen: dict[int, Any] = {}
    for layer in layers:
        waiting = [type(layer), *(held for held in vars(layer).values() if inspect.isfunction(held))]
        while waiting:
            value = waiting.pop()
            digest.update(f"{type(value).__qualname__}\0".encode())
            if isinstance(value, _LEAVES):
                digest.update(f"{value!r}\0".encode())
            elif id(value) not in seen:
                seen[id(value)] = value
                inside = _inside(value)
                digest.update(f"{len(inside)}\0".encode())
                waiting += inside
    return digest.hexdigest()


@functools.singledispatch
def _inside(value: object) -> Sequence[Any]:
    """The values that decide what a value does where code uses it; none for an object of another kind."""
    del value
    return ()


@_inside.register(tuple)
@_inside.register(list)
def _(value: Sequence[Any]) -> Sequence[Any]:
    return value


@_inside.register
def _(value: dict) -> Sequence[Any]:  # type: ignore[type-arg]
    return tuple(value.items())


@_inside.register(set)
@_inside.register(frozenset)
def _(value: set[Any]) -> Sequence[Any]:
    return sorted(map(repr, value))


@_inside.register
def _(value: np.ndarray) -> Sequence[Any]:
    return value.dtype.str, value.shape, value.tobytes()


@_inside.register
def _(value: functools.partial) -> Sequence[Any]:  # type: ignore[type-arg]
    return value.func, value.args, value.keywords


@_inside.register
def _(value: types.MethodType) -> Sequence[Any]:
    return (value.__func__,)


@_inside.register
def _(value: types.ModuleType) -> Sequence[Any]:
    return (value.__name__,)


@_inside.register
def _(value: types.CodeType) -> Sequence[Any]:
    return value.co_code, value.co_consts, value.co_names, value.co_varnames, value.co_freevars


@_inside.register
def _(value: types.FunctionType) -> Sequence[Any]:
    if _is_known(value):
        return (value.__qualname__,)
    closure = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
    used = [value.__globals__[name] for name in _names(value.__code__) if name in value.__globals__]
    return value.__code__, value.__defaults__, value.__kwdefaults__, closure, used


@_inside.register
def _(value: type) -> Sequence[Any]:
    if _is_known(value):
        return (value.__qualname__,)
    # Python's own notes on a class: where it stands in its file, what it is called, how it is laid out.
    members = {name: _plain(member) for name, member in vars(value).items() if name not in _CLASS_NOTES}
    return value.__bases__, members


_CLASS_NOTES = {
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__static_attributes__",
    "__weakref__",
}


def _is_known(value: Any) -> bool:
    return str(value.__module__).partition(".")[0] in _KNOWN_PACKAGES


def _plain(member: Any) -> Any:
    """The function behind a property, a class method, a static method or a decorator that names its own."""
    function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    return inspect.unwrap(function) if inspect.isfunction(function) else function


def _names(code: types.CodeType) -> list[str]:
    """The global names that code uses, those of the functions within it included."""
    inner = [name for item in code.co_consts if isinstance(item, types.CodeType) for name in _names(item)]
    return [*code.co_names, *inner]


def _is_filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True
