"""The repository: its files, its documents and its wheel."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import click
import pytest

from tunebench.cli.main import tunebench

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
LARGEST_FILE = 1_500_000
LONGEST_MODULE = 300
# Written in two parts, so that this file does not match.
MACHINE_PATHS = re.compile("|".join(["/" + "work/", "/" + "farm/", "/" + "root/", r"/\." + "library"]))


def run(*command: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command that must succeed."""
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file that git tracks."""
    if not (ROOT / ".git").exists():
        pytest.skip("needs the git checkout")
    names = run("git", "ls-files", "-z").stdout.split("\0")
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def test_no_machine_path(tracked: list[Path]) -> None:
    """No file names a path of the machine that the project was developed on."""
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked
        if (match := MACHINE_PATHS.search(path.read_bytes().decode(errors="replace")))
    ]
    assert found == []


def test_no_large_file(tracked: list[Path]) -> None:
    """Data and weights are not committed."""
    assert [path.name for path in tracked if path.stat().st_size > LARGEST_FILE] == []


def test_no_long_module(tracked: list[Path]) -> None:
    """Every module is short enough for one concept."""
    modules = [path for path in tracked if path.suffix == ".py"]
    assert [path.name for path in modules if len(path.read_text().splitlines()) >= LONGEST_MODULE] == []


def test_each_test_folder_is_a_package(tracked: list[Path]) -> None:
    """Test modules of one name in different folders can be imported."""
    folders = {path.parent for path in tracked if path.name.startswith("test_")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def commands() -> list[tuple[str, click.Command]]:
    """Every command of the group, with its name."""
    context = click.Context(tunebench)
    found = [(name, tunebench.get_command(context, name)) for name in tunebench.list_commands(context)]
    return [(name, command) for name, command in found if command is not None]


def test_every_command_is_documented() -> None:
    """README.md names every command; commands and options have help, and commands an example."""
    readme = (ROOT / "README.md").read_text()
    assert commands()
    for name, command in commands():
        assert f"tunebench {name}" in readme, f"README.md does not mention `tunebench {name}`"
        assert command.help, f"`tunebench {name}` has no help"
        assert "tunebench" in (command.epilog or ""), f"the help of `tunebench {name}` shows no example"
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"`tunebench {name} {option.opts[0]}` has no help"


def targets() -> set[str]:
    """The Makefile's targets."""
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    return set(phony.group(1).split())


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_help_lists_every_target() -> None:
    """`make help` describes each target of the Makefile."""
    listed = re.findall(r"^make (\w+) +\S", run("make", "help").stdout, re.MULTILINE)
    assert set(listed) == targets()


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "reports/README.md"])
def test_documents_name_targets_and_files_that_exist(name: str) -> None:
    """Links lead to files, and `make` targets exist."""
    text = (ROOT / name).read_text()
    assert {target for target in re.findall(r"`make (\w+)`", text) if target != "help"} <= targets()
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert ((ROOT / name).parent / link).exists(), f"{name} links to {link}"


def test_changelog_and_licence_belong_to_the_project() -> None:
    """The changelog has an entry for the version, and the licence file is the declared one."""
    assert SETTINGS["project"]["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / SETTINGS["project"]["license-files"][0]).read_text()
    version = SETTINGS["project"]["version"]
    assert re.search(rf"^## \[{re.escape(version)}\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)


@pytest.mark.slow
def test_the_wheel_works_outside_the_checkout(tmp_path: Path) -> None:
    """It has all files of both packages, spaces and templates included, and no tests."""
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path))
    (wheel,) = tmp_path.glob("tunebench-*.whl")
    installed = tmp_path / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    for package in ("tunebench", "search_spaces"):
        inside = {path.relative_to(installed) for path in (installed / package).rglob("*") if path.is_file()}
        there = {
            path.relative_to(ROOT)
            for path in (ROOT / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert inside == there
    assert not (installed / "tests").exists()
    empty = tmp_path / "empty"
    empty.mkdir()
    script = "import tunebench, search_spaces; print(tunebench.__file__, search_spaces.__file__)"
    where = run(sys.executable, "-c", script, cwd=empty, PYTHONPATH=str(installed)).stdout.split()
    assert all(Path(file).is_relative_to(installed) for file in where)
    listed = run(sys.executable, "-m", "tunebench", "spaces", cwd=empty, PYTHONPATH=str(installed)).stdout
    assert all(space in listed for space in ("cnn1", "cnn2", "cnn3", "mobilenet_v2"))


def test_decisions_that_the_code_names_exist(tracked: list[Path]) -> None:
    """A reader finds the record that a comment refers to."""
    numbers = {path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")}
    for path in tracked:
        if path.suffix in {".py", ".md", ".toml"}:
            found = re.findall(r"docs/decisions/(\d{4})", path.read_text(encoding="utf-8"))
            assert set(found) <= numbers, path
