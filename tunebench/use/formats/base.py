"""What the module of a format provides."""

import hashlib
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tunebench.errors import ExportError

Images = NDArray[np.uint8]
Probabilities = NDArray[np.float32]
# From images, uint8 of shape (n, height, width, channels), to probabilities, float32 of shape (n, classes).
Predict = Callable[[Images], Probabilities]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format that a model can be exported to.

    Attributes:
        name: As an option's value, and the name of the extra that installs its packages.
        title: In sentences.
        suffix: Of the file; empty if it is a folder.
        companions: Suffixes of further files, which take the suffix's place.
        runtime: The packages that run it, as they are imported.
        converters: Further packages, which write it.
        on_tensorflow: Whether Keras writes it only on its TensorFlow back end.
        write: Writes a Keras model to a path. The mapping is text to store in the file if the format has a
            place for it.
        open: Opens a path. Runs no code that the file chooses.
    """

    name: str
    title: str
    suffix: str
    companions: tuple[str, ...] = ()
    runtime: tuple[str, ...] = ()
    converters: tuple[str, ...] = ()
    on_tensorflow: bool = True
    write: Callable[[Any, Path, Mapping[str, str]], None]
    open: Callable[[Path], Predict]

    def require(self, *, to_write: bool) -> None:
        """Check that the packages that the format needs are installed.

        Raises:
            ExportError: One is missing.
        """
        needed = (*self.runtime, *(self.converters if to_write else ()))
        missing = [package for package in needed if importlib.util.find_spec(package) is None]
        if missing:
            packages = "package" if len(missing) == 1 else "packages"
            raise ExportError(
                f"{self.title} needs the {packages} {' and '.join(missing)}. Install with: "
                f"pip install 'tunebench[{self.name}]'."
            )

    def files(self, path: Path) -> tuple[Path, ...]:
        """The files, or the folder, of an artefact at a path; the path itself comes last."""
        return (*(path.with_suffix(suffix) for suffix in self.companions), path)

    def sha256(self, path: Path) -> str:
        """SHA-256 of an artefact's content and the names inside a folder, in hexadecimal.

        Raises:
            OSError: A file is missing or cannot be read.
        """
        digest = hashlib.sha256()
        for each in _flat(self.files(path)):
            inside = each.relative_to(path).as_posix() if path.is_dir() else each.suffix
            digest.update(f"{inside}\0{each.stat().st_size}\0".encode())
            with each.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def size_bytes(self, path: Path) -> int:
        """Bytes of an artefact on disk."""
        return sum(each.stat().st_size for each in _flat(self.files(path)))


def _flat(paths: tuple[Path, ...]) -> list[Path]:
    """The files themselves, those of a folder sorted."""
    files: list[Path] = []
    for path in paths:
        files += sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return files
