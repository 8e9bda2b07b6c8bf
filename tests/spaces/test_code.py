"""A space's code: which files it is, and whose modules it gets."""

from pathlib import Path

import keras_tuner
import pytest

from tests.small import TINY_SPACE, write_space
from tunebench import spaces
from tunebench.spaces import Space
from tunebench.spaces.code import own_files

# Units come from a module of the folder that only build() imports.
BUILT_WITH_HELPER = TINY_SPACE.replace(
    'units = hp.Choice("units", [4, 8, 16], default=8)', "from helper import UNITS as units"
)
# What imports each of these files.
IMPORTED = {
    "direct.py": "import direct",
    "inside/__init__.py": "import inside.deep.module",
    "inside/deep/module.py": "from inside.deep import module",
    "sibling.py": "def late():\n    from sibling import thing",
    "package/relative.py": "from package import user",
    "package/user.py": "from package import user",
    "package/starred.py": "from package import *",
    # A name of the standard library's that nothing has imported yet.
    "sched.py": "import sched",
}


def _space(folder: Path, units: int) -> Space:
    folder.mkdir()
    (folder / "helper.py").write_text(f"UNITS = {units}\n")
    return spaces.find(str(write_space(folder, BUILT_WITH_HELPER)))


def _units(space: Space) -> int:
    model = space.build(keras_tuner.HyperParameters(), (8, 8, 3), 10)
    return int(model.layers[-1].kernel.shape[0])


@pytest.mark.parametrize("changed", IMPORTED)
def test_what_a_space_imports_from_its_folder_is_its_code(tmp_path: Path, changed: str) -> None:
    """Its digest changes with each such module, however it is imported, and with no other file."""
    source = write_space(tmp_path, f"import numpy, random\n{IMPORTED[changed]}\n")
    for name in [*IMPORTED, "unrelated.py"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "package" / "user.py").write_text("from . import relative\nfrom .. import unrelated_name\n")
    before = spaces.sha256(str(source))
    (tmp_path / "unrelated.py").write_text("CHANGED = True\n")
    assert spaces.sha256(str(source)) == before
    with (tmp_path / changed).open("a") as file:
        file.write("CHANGED = True\n")
    assert spaces.sha256(str(source)) != before


def test_spaces_do_not_share_modules_of_one_name(tmp_path: Path) -> None:
    """Each imports the module from its own folder, even when only build() imports it."""
    one, other = _space(tmp_path / "one", 5), _space(tmp_path / "other", 7)
    assert [_units(space) for space in (one, other, one)] == [5, 7, 5]
    assert one.sha256 != other.sha256


def test_a_folder_that_holds_tunebench_brings_no_second_one(tmp_path: Path) -> None:
    """A package that tunebench itself imports is not a space's own."""
    for package in ("tunebench", "keras"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise ImportError('a second one')\n")
    source = write_space(tmp_path, f"import tunebench.errors\n{TINY_SPACE}")
    assert "tunebench/__init__.py" not in own_files(source)
    assert _units(spaces.find(str(source))) == 8
