"""The ledger."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tunebench.errors import RunFolderError, SearchError
from tunebench.records import TrialRecord, TrialSeconds
from tunebench.tuning.ledger import Ledger

finite = st.floats(min_value=0, max_value=1e6)
values = st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e100, 1e100) | st.text()
trials = st.builds(
    TrialRecord,
    trial_id=st.text(min_size=1),
    status=st.sampled_from(["completed", "pruned", "cut", "failed"]),
    message=st.none() | st.text(),
    hyperparameters=st.dictionaries(st.text(), values, max_size=5),
    score=st.none() | st.floats(-1e6, 1),
    scores=st.lists(st.floats(-1e6, 1), max_size=3),
    epochs=st.integers(0, 1000),
    history=st.dictionaries(st.text(), st.lists(st.none() | finite, max_size=3), max_size=3),
    started_at=st.text(),
    elapsed_seconds=finite,
    seconds=st.builds(TrialSeconds, prefix=finite, setup=finite, fit=finite, evaluate=finite),
    parameters=st.none() | st.integers(0, 10**9),
    seed=st.integers(1, 2**31),
    worker=st.text(),
)
in_files = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30
)


@given(st.lists(trials, max_size=5))
@in_files
def test_trials_are_read_as_they_were_written(tmp_path: Path, records: list[TrialRecord]) -> None:
    """Every field of a trial survives the file."""
    path = tmp_path / "trials.jsonl"
    path.unlink(missing_ok=True)
    ledger = Ledger.open(path)
    for record in records:
        ledger.append(record)
    assert ledger.records == records
    assert Ledger.open(path).records == records


def _write(path: Path, count: int = 3) -> bytes:
    ledger = Ledger.open(path)
    for number in range(count):
        ledger.append(
            TrialRecord(
                trial_id=f"{number:04}",
                status="completed",
                hyperparameters={"units": number},
                score=0.5,
                started_at="now",
                elapsed_seconds=1.0,
                seed=1,
            )
        )
    return path.read_bytes()


@given(cut=st.integers(2, 200))
@in_files
def test_a_torn_last_line_is_dropped(tmp_path: Path, cut: int) -> None:
    """The other trials are kept, and new ones can be appended."""
    path = tmp_path / "trials.jsonl"
    path.unlink(missing_ok=True)
    path.write_bytes(_write(path)[:-cut])
    found = Ledger.open(path)
    assert len(found.records) == 2
    found.append(found.records[0])
    assert len(Ledger.open(path).records) == 3


def test_a_complete_last_line_without_its_line_break_is_kept(tmp_path: Path) -> None:
    """Some editors leave the last line break out; the trial is not lost."""
    path = tmp_path / "trials.jsonl"
    path.write_bytes(_write(path).rstrip(b"\n"))
    found = Ledger.open(path)
    assert len(found.records) == 3
    found.append(found.records[0])
    assert len(Ledger.open(path).records) == 4


@pytest.mark.parametrize("tail", [b"\0" * 40, b'{"trial_id":"00', b'{"trial_id":"0\0\0\0'])
def test_the_remains_of_a_crash_are_dropped(tmp_path: Path, tail: bytes) -> None:
    """After a power failure the end of the file may be zeros or half a line."""
    path = tmp_path / "trials.jsonl"
    intact = _write(path)
    path.write_bytes(intact + tail)
    assert len(Ledger.open(path).records) == 3
    assert path.read_bytes() == intact


def _second_line_cut(text: bytes) -> bytes:
    lines = text.split(b"\n")
    return b"\n".join([lines[0], lines[1][:40], *lines[2:]])


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text.replace(b"\n", b"\r"), "Line 1 of"),
        (lambda _: b"\x93\xa1\xff" * 50, "Line 1 of"),
        (_second_line_cut, r"Line 2 of .*trials\.jsonl is not a readable TrialRecord.* --fresh"),
        (lambda text: text.replace(b'"score":0.5', b'"score":93'), r"Line 1 .*\$\.score"),
    ],
)
def test_other_damage_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes], message: str) -> None:
    """Damage that no crash causes is an error that names the line, and the file is left unchanged."""
    path = tmp_path / "trials.jsonl"
    damaged = damage(_write(path))
    path.write_bytes(damaged)
    with pytest.raises(SearchError, match=message):
        Ledger.open(path)
    assert path.read_bytes() == damaged


def test_a_folder_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """The error is one line."""
    (tmp_path / "trials.jsonl").mkdir()
    with pytest.raises(RunFolderError, match="cannot be read: Is a directory"):
        Ledger.open(tmp_path / "trials.jsonl")


def test_a_cut_trial_is_removed_only_if_it_is_the_last(tmp_path: Path) -> None:
    """Later trials were proposed with its score known, so an earlier one stays."""
    path = tmp_path / "trials.jsonl"
    _write(path)
    found = Ledger.open(path)
    cut = replace(found.records[0], status="cut")
    found.append(cut)
    found.drop_cut()
    assert len(Ledger.open(path).records) == len(found.records) == 3
    for record in (cut, found.records[0]):
        found.append(record)
    found.drop_cut()
    assert len(Ledger.open(path).records) == len(found.records) == 5
