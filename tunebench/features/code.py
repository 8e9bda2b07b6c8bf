"""Hash the code of layers that are not Keras' own: their arguments do not say what they compute.

What is hashed is the code that runs, not its file, which may have changed since it was imported: a function's
bytecode, the constants it uses, and the functions, classes and objects that it names, in turn, those that it
names as attributes of a module among them.
"""

import dis
import functools
import hashlib
import inspect
import sys
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from tunebench.features.state import is_known, is_layer, state

_LEAVES = (bool, int, float, complex, str, bytes, types.NoneType, types.EllipsisType)


def code_sha256(*layers: Any) -> str:
    """SHA-256 of the foreign code behind layers: of their classes and of what they hold that can run.

    Args:
        layers: Keras layers; those that they hold are found.

    Returns:
        Hexadecimal digits; the same wherever the layers run the same code on the same version of Python.

    Raises:
        UnknownStateError: The code uses an object of which it cannot be told what it does.
    """
    digest = hashlib.sha256()
    every_layer = _with_held_layers(layers)
    # By identity; the object itself is kept, so that no other takes its place. The arguments and weights of
    # these layers are hashed with the model.
    seen: dict[int, Any] = {id(layer): layer for layer in every_layer}
    for layer in every_layer:
        waiting = [type(layer), *(held for held in _held(layer) if _can_run(held))]
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


def _with_held_layers(layers: Iterable[Any]) -> list[Any]:
    """Layers and those that they hold, each once."""
    found: dict[int, Any] = {}
    waiting = list(layers)
    while waiting:
        layer = waiting.pop(0)
        if id(layer) not in found:
            found[id(layer)] = layer
            waiting += (held for held in _held(layer) if is_layer(held))
    return list(found.values())


def _held(layer: Any) -> Iterator[Any]:
    for value in vars(layer).values():
        yield from value if isinstance(value, list | tuple) else [value]


def _can_run(held: Any) -> bool:
    return isinstance(held, types.FunctionType | types.MethodType | functools.partial) or not is_known(
        type(held).__module__
    )


@functools.singledispatch
def _inside(value: object) -> Sequence[Any]:
    """The values that decide what a value does where code uses it."""
    return state(value)


@_inside.register(tuple)
@_inside.register(list)
def _(value: Sequence[Any]) -> Sequence[Any]:
    return value


@_inside.register(dict)
@_inside.register(types.MappingProxyType)
def _(value: Any) -> Sequence[Any]:
    return tuple(value.items())


@_inside.register(set)
@_inside.register(frozenset)
def _(value: set[Any]) -> Sequence[Any]:
    return sorted(value, key=repr)


@_inside.register
def _(value: np.ndarray) -> Sequence[Any]:
    return value.dtype.str, value.shape, value.tolist() if value.dtype.hasobject else value.tobytes()


@_inside.register
def _(value: functools.partial) -> Sequence[Any]:  # type: ignore[type-arg]
    return value.func, value.args, value.keywords


@_inside.register
def _(value: functools.cached_property) -> Sequence[Any]:  # type: ignore[type-arg]
    return (value.func,)


@_inside.register(types.GetSetDescriptorType)
@_inside.register(types.MemberDescriptorType)
def _(value: Any) -> Sequence[Any]:
    # Compiled attributes, of a class with __slots__ or of an extension.
    return (value.__qualname__,)


@_inside.register
def _(value: types.MethodType) -> Sequence[Any]:
    return value.__func__, value.__self__


@_inside.register
def _(value: types.ModuleType) -> Sequence[Any]:
    return (value.__name__,)


@_inside.register
def _(value: types.CodeType) -> Sequence[Any]:
    return value.co_code, value.co_consts, value.co_names, value.co_varnames, value.co_freevars


@_inside.register
def _(value: types.FunctionType) -> Sequence[Any]:
    # Not by __module__, which a decorator copies from the function that it wraps.
    if is_known(value.__globals__.get("__name__")):
        return value.__module__, value.__qualname__, getattr(value, "__wrapped__", None)
    closure = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
    codes = list(_codes(value.__code__))
    names = [name for code in codes for name in code.co_names]
    used = [value.__globals__[name] for name in names if name in value.__globals__]
    imported = [sys.modules[name] for code in codes for name in _imports(code) if name in sys.modules]
    attributes = _attributes([*closure, *used, *imported], names)
    return value.__code__, value.__defaults__, value.__kwdefaults__, closure, used, imported, attributes


@_inside.register
def _(value: type) -> Sequence[Any]:
    if is_known(value.__module__):
        return value.__module__, value.__qualname__
    # Python's own notes on a class: where it stands in its file, what it is called, how it is laid out.
    members = {name: _plain(member) for name, member in vars(value).items() if name not in _CLASS_NOTES}
    return value.__bases__, members


_CLASS_NOTES = {
    "__annotations__",
    "__dict__",
    "__doc__",
    "__firstlineno__",
    "__module__",
    "__static_attributes__",
    "__weakref__",
    "_abc_impl",
}


def _plain(member: Any) -> Any:
    """The function behind a property, a class method or a static method."""
    return member.fget if isinstance(member, property) else getattr(member, "__func__", member)


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A function's code and that of the functions within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _imports(code: types.CodeType) -> Iterator[str]:
    """The modules that code imports when it runs; of ``import a.b``, both."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            yield instruction.argval
            yield instruction.argval.partition(".")[0]


def _attributes(values: Iterable[Any], names: Sequence[str]) -> list[Any]:
    """What code that uses modules among ``values`` can mean by names: their attributes, and so on inward."""
    found, followed = [], set()
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if inspect.ismodule(value) and not is_known(value.__name__) and value.__name__ not in followed:
            followed.add(value.__name__)
            attributes = [vars(value)[name] for name in names if name in vars(value)]
            found += attributes
            waiting += attributes
    return found


def _is_filled(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True
