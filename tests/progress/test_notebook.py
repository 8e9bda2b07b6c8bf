"""Progress of a call of the library: shown where a person waits."""

import io
import sys
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tunebench.errors import TunebenchError
from tunebench.progress import Progress, SilentProgress, shown
from tunebench.progress.lines import LineProgress

CELL = """
import sys
import time
from tunebench.objectives import OBJECTIVES
from tunebench.progress import Estimate, shown

progress = shown(None)
progress.begin("trial", Estimate(2))
progress.step("trial 1", "units=8", OBJECTIVES["loss"])
time.sleep(0.3)
progress.epoch(1, 3, 0.5)
progress.finish("val. loss 0.5000", 0.5)
if "last" not in globals():
    progress.end()
assert "tensorflow" not in sys.modules
"""


def _outputs(cell: str) -> list[dict[str, Any]]:
    """What a real kernel shows below a cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    return [dict(output) for output in notebook.cells[0].outputs]


def test_a_notebook_shows_the_running_step_in_one_place() -> None:
    """One line follows the step, under another one per finished step; none is an error's red."""
    running = _outputs(f"last = True\n{CELL}")
    assert {output.get("name") for output in running} == {"stdout", None}
    (line,) = [output["data"]["text/plain"] for output in running if output["output_type"] == "display_data"]
    assert line == "2 trials, now trial 1: epoch 1 of 3, val. loss 0.5000"
    printed = "".join(output["text"] for output in running if output["output_type"] == "stream")
    assert printed.startswith("trial 1/2: val. loss 0.5000, best 0.5000, about ")


def test_a_notebook_keeps_the_results() -> None:
    """At the end of the stage, the line says how many steps there were: an empty one would be a gap."""
    ended = _outputs(CELL)
    assert [output["data"] for output in ended if "data" in output] == [{"text/plain": "2 trials"}]


def test_a_script_is_silent_and_a_prompt_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the caller says comes first."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(shown(None), SilentProgress)
    assert isinstance(shown(asked=True), LineProgress)
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    assert isinstance(shown(None), LineProgress)
    assert isinstance(shown(asked=False), SilentProgress)
    own = Progress()
    assert shown(own) is own


def test_a_silent_script_gets_the_warnings(caplog: pytest.LogCaptureFixture) -> None:
    """By Python's logging, which prints them unless the program says otherwise; no other note."""
    quiet = shown(asked=False)
    quiet.note("The grid has 9 points.")
    quiet.warn("tiny takes images as they are.\x1b[2J")
    (record,) = caplog.records
    assert (record.name, record.getMessage()) == (
        "tunebench",
        "tiny takes images as they are.\N{REPLACEMENT CHARACTER}[2J",
    )


def test_another_object_is_refused() -> None:
    """The error says what is expected."""
    with pytest.raises(TunebenchError, match=r"progress='yes' is not valid. Expected True, False or"):
        shown("yes")  # type: ignore[arg-type]
