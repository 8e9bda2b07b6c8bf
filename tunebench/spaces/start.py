"""Write a space of the user's own to start from: a commented copy of ``search_spaces/_start.py``."""

import importlib.util
import keyword
import re
from importlib import resources
from pathlib import Path

from tunebench.errors import SpaceError
from tunebench.files import make_folder
from tunebench.spaces import discovery


def write_start(name: str, folder: Path) -> Path:
    """Write a commented space.

    Args:
        name: Of the space, with or without ``.py``.
        folder: Where to; it is created if it is missing.

    Returns:
        The file.

    Raises:
        SpaceError: The name is no name of a module, it is another module's, or there is such a file.
        RunFolderError: The folder cannot be created.
    """
    name = name.removesuffix(".py")
    path = folder / f"{name}.py"
    if not name.isidentifier() or keyword.iskeyword(name):
        usable = re.sub(r"\W+", "_", Path(name).name).strip("_")
        hint = f", such as {usable}" if usable.isidentifier() and not keyword.iskeyword(usable) else ""
        raise SpaceError(
            f"{name!r} cannot be the name of a space. Expected letters, digits and underscores, and no word "
            f"of Python{hint}; --out names the folder."
        )
    if path.exists():
        raise SpaceError(f"{path} exists, so it is not overwritten. Choose another name, or move it away.")
    if discovery.is_name(name) or _is_module(name):
        kind = "space of tunebench" if discovery.is_name(name) else "Python module"
        raise SpaceError(f"{name!r} is already the name of a {kind}. Choose another, such as my_{name}.")
    make_folder(folder)
    # "x": it may have appeared meanwhile.
    with path.open("x", encoding="utf-8") as file:
        file.write(resources.files("search_spaces").joinpath("_start.py").read_text(encoding="utf-8"))
    return path


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:  # __main__ has none
        return True
