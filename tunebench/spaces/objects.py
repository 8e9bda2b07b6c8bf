"""A space that a program gives: a function, a ``HyperModel`` or a class of them."""

import functools
import hashlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from tunebench.errors import InvalidSpaceError
from tunebench.spaces.builders import Builder, can_build, is_hypermodel
from tunebench.spaces.code import OwnModules
from tunebench.spaces.space import DEFAULT_EPOCHS, Space

_PLAIN = (bool, int, float, str, bytes, type(None))


def space_of(given: Any) -> Space:
    """The space of an object.

    Args:
        given: See :class:`tunebench.spaces.builders.Builder`.

    Returns:
        The space, without a file: its runs can be resumed by the same program, but not trained again by
        another one.

    Raises:
        InvalidSpaceError: It is something else.
    """
    if not can_build(given):
        raise InvalidSpaceError(
            f"{given!r:.80} is no space. Expected a name, the path of a .py file, a function build(hp) or "
            "build(hp, input_shape, num_classes), or a keras_tuner.HyperModel."
        )
    return Space(
        name=_name(given),
        summary=(inspect.getdoc(_described(given)) or "").strip().split("\n")[0],
        source=None,
        sha256=digest(given),
        code={},
        modules=OwnModules(Path.cwd(), frozenset()),
        module=_described(given).__module__,
        epochs=DEFAULT_EPOCHS,
        build_function=Builder(given),
        frozen_prefix_function=None,
    )


def digest(given: Any) -> str:
    """The SHA-256 of an object's code, hexadecimal.

    It covers the source of the function or class, of the functions and classes of the same module that this
    uses, and the values (numbers, text, arrays, collections and instances of the module's classes) that they
    read from the module, an enclosing function, defaults or attributes.
    """
    hasher = hashlib.sha256()
    for part in sorted(set(_parts(given))):
        hasher.update(f"{len(part)}\0{part}".encode(errors="surrogateescape"))
    return hasher.hexdigest()


def _described(given: Any) -> Any:
    if isinstance(given, functools.partial):
        return given.func
    plain = isinstance(given, type) or inspect.isroutine(given)
    return given if plain else type(given)


def _name(given: Any) -> str:
    """As a folder can be called."""
    own = getattr(given, "name", None) if is_hypermodel(given) else None
    found = own if isinstance(own, str) else getattr(_described(given), "__name__", "")
    return re.sub(r"\W+", "_", found).strip("_") or "space"


def _parts(given: Any) -> Iterator[str]:
    """The text of everything that an object's behaviour is read from."""
    module = _described(given).__module__
    waiting: list[tuple[str, Any]] = [("", given)]
    seen: dict[int, Any] = {}
    while waiting:
        name, each = waiting.pop()
        if isinstance(each, _PLAIN):
            yield f"{name}={each!r}"
        elif id(each) not in seen:
            # Kept, because the number of an object that is gone may be given to another one.
            seen[id(each)] = each
            if isinstance(each, np.ndarray) and not each.dtype.hasobject:
                yield f"{name}={each.dtype}{each.shape}{hashlib.sha256(each.tobytes()).hexdigest()}"
            elif isinstance(each, type) or inspect.isfunction(each):
                if each.__module__ == module or name == "":
                    yield _source(each)
                    waiting += _used(each)
            else:
                waiting += _inside(name, each, module)


def _inside(name: str, each: Any, module: str) -> list[tuple[str, Any]]:
    """What a collection, a bound function or an instance consists of, by name."""
    if isinstance(each, dict):
        return [(f"{name}[{key!r}]", value) for key, value in each.items()]
    if isinstance(each, set | frozenset):
        each = sorted(each, key=repr)
    if isinstance(each, list | tuple | np.ndarray):
        return [(f"{name}[{place}]", value) for place, value in enumerate(each)]
    if isinstance(each, functools.partial):
        return [("", each.func), (name, each.args), (name, each.keywords)]
    if inspect.ismethod(each):
        return [("", each.__func__), ("", each.__self__)]
    own = type(each).__module__ in {module, "types"} or name == "" or is_hypermodel(each)
    if not own or inspect.ismodule(each) or not hasattr(each, "__dict__"):
        return []
    # Keras Tuner puts its own functions there.
    kept = {key: value for key, value in vars(each).items() if key not in {"build", "_build"}}
    return [("", type(each)), *((f"{name}.{key}", value) for key, value in kept.items())]


def _used(code: Any) -> list[tuple[str, Any]]:
    """What a function or class refers to, by name."""
    if isinstance(code, type):
        methods = [value for value in vars(code).values() if inspect.isfunction(value)]
        bases = [(base.__name__, base) for base in code.__bases__]
        return [*bases, *(found for method in methods for found in _used(method))]
    names = set(_names(code.__code__))
    outer = zip(code.__code__.co_freevars, code.__closure__ or (), strict=True)
    return [
        ("defaults", code.__defaults__),
        ("defaults by name", code.__kwdefaults__),
        *vars(code).items(),
        *((name, value) for name, value in code.__globals__.items() if name in names),
        *((name, cell.cell_contents) for name, cell in outer if _is_full(cell)),
    ]


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:  # not set yet
        return False


def _names(code: CodeType) -> Iterator[str]:
    """The global names that a function reads, also in functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _source(each: Any) -> str:
    try:
        return inspect.getsource(each)
    except (OSError, TypeError):  # typed into a console
        code = getattr(each, "__code__", None)
        return each.__qualname__ if code is None else f"{each.__qualname__} {_compiled(code)}"


def _compiled(code: CodeType) -> str:
    constants = [_compiled(each) if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return f"{code.co_code.hex()} {constants}"
