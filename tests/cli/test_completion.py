"""Shell completion: commands, options, their words and paths."""

import os
import subprocess
import sys

import pytest

# What the shell's function asks for; the program ends before anything else is imported.
CHECK = """
import sys
from tunebench.cli import main
try:
    main()
finally:
    heavy = {"tensorflow", "keras", "keras_tuner", "matplotlib", "pandas"} & set(sys.modules)
    assert not heavy, heavy
"""


def _ask(instruction: str, *words: str) -> str:
    environment = {
        **os.environ,
        "_TUNEBENCH_COMPLETE": instruction,
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-c", CHECK], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_there_is_a_script_for_each_shell(shell: str) -> None:
    """It asks the program for what fits."""
    assert "_TUNEBENCH_COMPLETE" in _ask(f"{shell}_source")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("tunebench", "comp"), "plain,compare"),
        (("tunebench", "search", "--pat"), "plain,--patience"),
        (("tunebench", "search", "cnn1", "--tuner", "b"), "plain,bayesian"),
        (("tunebench", "search", "cnn3"), "plain,cnn3"),
        (("tunebench", "search", "./my"), "file,./my"),
        (("tunebench", "search", "cnn1", "--runs-dir", "r"), "dir,r"),
    ],
)
def test_what_fits_is_offered(words: tuple[str, ...], found: str) -> None:
    """Nothing slow is imported, because the shell waits for it at every key."""
    assert _ask("bash_complete", *words).splitlines() == [found]
