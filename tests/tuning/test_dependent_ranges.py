"""A search of a space in which one range depends on another hyperparameter."""

from dataclasses import replace
from pathlib import Path

from tests.small import UNTRACED_SPACE
from tests.tuning.searches import SETTINGS, Notes, ledger, prepare, records, search

SOURCE = UNTRACED_SPACE.replace(
    '    hp.Choice("batch_size"', '    hp.Int("second", 1, units)\n    hp.Choice("batch_size"'
)


def test_a_dependent_range_is_recorded_and_noted(tmp_path: Path) -> None:
    """Each trial has the range that its build asked for; the user reads it once. A resumed search agrees."""
    notes = Notes()
    winner = search(prepare(tmp_path, SOURCE), tmp_path / "run", replace(SETTINGS, trials=4), notes)
    assert winner.ranges["second"] == [1, 8]
    for record in records(tmp_path / "run"):
        units = record.hyperparameters["units"]
        assert record.ranges == ({} if units == 8 else {"second": [1, units]})
    assert sum("range of second depends on other hyperparameters" in note for note in notes.notes) == 1
    before = ledger(tmp_path / "run")
    search(prepare(tmp_path, SOURCE), tmp_path / "run", replace(SETTINGS, trials=4))
    assert ledger(tmp_path / "run") == before
