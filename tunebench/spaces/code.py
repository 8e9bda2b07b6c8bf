"""A space's code: its file, and what that imports from its own folder."""

import ast
import contextlib
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

# Never a space's own, whatever its folder holds.
_COMMON = {"search_spaces", "tunebench"}
# Names of modules that some space of this process has brought along.
_BROUGHT: set[str] = set()


def own_files(source: Path) -> dict[str, bytes]:
    """The content of a space's file and of the modules of its folder that it imports, directly or not.

    Imports are read from the code, also those inside functions. A module that is imported by a computed name
    is not found.

    Args:
        source: The space's file.

    Returns:
        By path relative to the folder, with ``/``; the space's file first.
    """
    folder, found, waiting = source.parent, {}, [source]
    while waiting:
        path = waiting.pop()
        name = path.relative_to(folder).as_posix()
        if name not in found:
            found[name] = path.read_bytes()
            waiting += _imported(found[name], path, folder)
    return found


def digest(files: dict[str, bytes]) -> str:
    """The SHA-256 of a space's code, hexadecimal; of one file alone, that of its content."""
    source, *others = files
    hasher = hashlib.sha256(files[source])
    for path in sorted(others):
        hasher.update(f"\0{path}\0{len(files[path])}\0".encode(errors="surrogateescape") + files[path])
    return hasher.hexdigest()


def _imported(content: bytes, path: Path, folder: Path) -> list[Path]:
    """The files in the folder that a module's import statements lead to."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # importing it says what is wrong
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                found += _files(folder, alias.name.split("."))
        elif isinstance(node, ast.ImportFrom):
            # A relative import starts at the package of the module.
            start = path.parents[node.level - 1] if 0 < node.level <= len(path.parents) else folder
            base = node.module.split(".") if node.module else []
            for alias in node.names:
                found += _files(start, [*base, alias.name])
                if alias.name == "*":
                    # __all__ may name any module of the package.
                    found += sorted(start.joinpath(*base).glob("*.py"))
    return [file for file in found if file.is_relative_to(folder)]


def _files(folder: Path, parts: list[str]) -> list[Path]:
    """The files that importing a dotted name runs: packages on the way, and the module."""
    found, place = [], folder
    for part in parts if parts[0] not in _COMMON else []:
        place /= part
        if (package := place / "__init__.py").is_file():
            found.append(package)
        elif (module := place.with_name(f"{part}.py")).is_file():
            return [*found, module]
        elif not place.is_dir():
            break
    return found


@dataclass
class OwnModules:
    """Modules of a space's folder, which other spaces' modules of the same name do not replace.

    Attributes:
        folder: The folder.
        names: The top-level names of the modules.
    """

    folder: Path
    names: frozenset[str]
    _kept: dict[str, ModuleType] = field(default_factory=dict, init=False)
    _active: bool = field(default=False, init=False)

    @classmethod
    def of(cls, source: Path, files: dict[str, bytes]) -> "OwnModules":
        """Those of a space's code."""
        _, *others = files
        names = {Path(path).parts[0].removesuffix(".py") for path in others}
        # As in a script, a module that was already imported from elsewhere is not replaced.
        own = {name for name in names if name in _BROUGHT or name not in sys.modules}
        _BROUGHT.update(own)
        return cls(source.parent, frozenset(own))

    @contextlib.contextmanager
    def importable(self) -> Iterator[None]:
        """Let the space's code import them, for the duration of the block."""
        if self._active:
            yield
            return
        others, self._active = self._taken(), True
        sys.modules.update(self._kept)
        sys.path.insert(0, str(self.folder))
        try:
            yield
        finally:
            sys.path.remove(str(self.folder))
            self._kept, self._active = self._taken(), False
            # If there is nothing to restore, its own remain, for imports that run later.
            sys.modules.update(others or self._kept)

    def _taken(self) -> dict[str, ModuleType]:
        """Take the modules of these names, whosever they are, out of the imported ones."""
        found = [name for name in sys.modules if name.partition(".")[0] in self.names]
        return {name: sys.modules.pop(name) for name in found}
