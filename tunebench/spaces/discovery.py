"""Find and import a space by its name or file."""

import ast
import functools
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

import search_spaces
from tunebench import backbones
from tunebench.errors import InvalidSpaceError, TunebenchError, UnknownSpaceError, did_you_mean, foreign_error
from tunebench.records import HyperparameterValue
from tunebench.spaces import builders, objects
from tunebench.spaces.builders import Builder
from tunebench.spaces.code import OwnModules, digest, own_files
from tunebench.spaces.space import DEFAULT_EPOCHS, ListedPoints, Space

# The module of tunebench's own that builds the models of any network of keras.applications.
_PRETRAINED = "_pretrained"


def names() -> list[str]:
    """The names of tunebench's own spaces, sorted; without those that are networks of keras.applications."""
    modules = pkgutil.iter_modules(search_spaces.__path__)
    return sorted(module.name for module in modules if not module.name.startswith("_"))


def is_name(given: object) -> bool:
    """Whether it is the name of one of tunebench's own spaces or of a network of keras.applications."""
    return given in names() or given in backbones.networks()


def summary(name: str) -> str:
    """The first docstring line of one of tunebench's own spaces, read without importing Keras."""
    return _first_line(ast.get_docstring(ast.parse(_path(name).read_text(encoding="utf-8"))))


def sha256(name_or_path: str) -> str:
    """The SHA-256 digest of a space's code, which is not imported; see :func:`tunebench.spaces.code.digest`.

    Args:
        name_or_path: As in :func:`find`.

    Returns:
        Hexadecimal digits.

    Raises:
        UnknownSpaceError: There is no such space or file.
    """
    return digest(own_files(_source(name_or_path)))


def files(name_or_path: str) -> list[str]:
    """The files of a space's code, relative to the folder of its file; none if there is no such space."""
    try:
        return [*own_files(_source(name_or_path))]
    except (UnknownSpaceError, OSError):
        return []


def find(given: object) -> Space:
    """Import a space by name or from a Python file, or take one that a program gives.

    Args:
        given: A name of :func:`names`, of a network of keras.applications, a path that ends in ``.py``, or
            what :class:`tunebench.spaces.builders.Builder` takes.

    Returns:
        The space.

    Raises:
        UnknownSpaceError: There is no such space or file.
        InvalidSpaceError: It fails to import or has nothing that builds models.
    """
    if not isinstance(given, str):
        return objects.space_of(given)
    source = _source(given)
    code = own_files(source)
    modules = OwnModules.of(source, code)
    module = _import(source, modules)
    is_network = given in backbones.networks()
    prefix = getattr(module, "frozen_prefix", None)
    if is_network:
        build, prefix = functools.partial(module.build, given), functools.partial(module.frozen_prefix, given)
    else:
        build = builders.find_in(module, source)
    epochs = getattr(module, "EPOCHS", DEFAULT_EPOCHS)
    if not isinstance(epochs, int) or epochs < 1:
        raise InvalidSpaceError(f"Space {source} has EPOCHS = {epochs!r}. Expected an integer of at least 1.")
    return Space(
        name=given if is_network else source.stem,
        summary=_first_line(inspect.getdoc(module)),
        source=source,
        sha256=digest(code),
        code=code,
        modules=modules,
        module=module.__name__,
        epochs=epochs,
        build_function=Builder(build),
        frozen_prefix_function=prefix if callable(prefix) else None,
        list_starting_points=_starting_points(source, module),
        backbone="keras" if is_network else backbones.DEFAULT_HANDLE,
    )


def _starting_points(source: Path, module: ModuleType) -> ListedPoints:
    listed = getattr(module, "STARTING_POINTS", ())
    read = functools.partial(_read_points, source, listed)
    if not callable(listed):
        # A mistake is found at once; a function may need the backbone, which is chosen later.
        read()
    return read


def _read_points(source: Path, listed: Any) -> tuple[Mapping[str, HyperparameterValue], ...]:
    try:
        found = listed() if callable(listed) else listed
        return tuple(msgspec.convert(found, list[dict[str, HyperparameterValue]], strict=True))
    except msgspec.ValidationError as error:
        raise InvalidSpaceError(
            f"Space {source} has a STARTING_POINTS that cannot be read ({error}). Expected a list of "
            "dictionaries from hyperparameter names to values, or a function that returns one."
        ) from error
    except TunebenchError:
        raise
    except Exception as error:
        raise foreign_error(f"STARTING_POINTS of the space {source} fails", error) from error


def _path(name: str) -> Path:
    return Path(next(iter(search_spaces.__path__))) / f"{name}.py"


def _source(name_or_path: str) -> Path:
    if name_or_path in names():
        return _path(name_or_path)
    if name_or_path in backbones.networks():
        return _path(_PRETRAINED)
    if name_or_path.endswith(".py"):
        path = Path(name_or_path)
        if not path.is_file():
            raise UnknownSpaceError(f"There is no space file {path}. Expected the path of a Python file.")
        return path.resolve()
    raise UnknownSpaceError(
        f"There is no space {name_or_path!r}. {did_you_mean(name_or_path, [*names(), *backbones.networks()])}"
        f"Expected one of {', '.join(names())}, a network of `tunebench spaces --all`, or the path of a .py "
        "file."
    )


def _import(source: Path, modules: OwnModules) -> ModuleType:
    # tunebench's own spaces keep their module name, so that importing one twice gives one module.
    name = (
        f"search_spaces.{source.stem}" if source == _path(source.stem) else f"tunebench_space_{source.stem}"
    )
    specification = importlib.util.spec_from_file_location(name, source)
    if specification is None or specification.loader is None:
        raise InvalidSpaceError(f"Space {source} cannot be imported. Expected a Python source file.")
    module = importlib.util.module_from_spec(specification)
    # Classes that a space registers with Keras refer to their module by name.
    sys.modules[name] = module
    try:
        with modules.importable():
            specification.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a space may raise anything, also SystemExit
        del sys.modules[name]
        raise foreign_error(f"Space {source} fails to import", error) from error
    return module


def _first_line(docstring: str | None) -> str:
    return (docstring or "").strip().split("\n")[0]
