"""The lock of a run's folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from tunebench.errors import RunFolderError
from tunebench.runs import run_folder

OWNER = """
import sys, time
from pathlib import Path
from tunebench.runs import run_folder

with run_folder.owned(Path(sys.argv[1])):
    print("owned", flush=True)
    time.sleep(60)
"""


def test_a_folder_belongs_to_one_process_until_it_ends(tmp_path: Path) -> None:
    """A second process is refused at once; after ``kill -9`` the folder is free again."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "owned\n"
    with (
        pytest.raises(RunFolderError, match=r"Another tunebench process is using .* another --name"),
        run_folder.owned(tmp_path),
    ):
        pass
    run_folder.clear(tmp_path)
    owner.kill()
    owner.communicate()
    with run_folder.owned(tmp_path):
        pass
