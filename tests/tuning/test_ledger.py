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
    score=st.none() | st.floats(0, 1),
    scores=st.lists(st.floats(0, 1), max_size=3),
    epochs=st.integers(0, 1000),
    history=st.dictionaries(st.text(), st.lists(st.none() | finite, max_size=3), max_size=3),
    started_at=st.text(),
    elapsed_seconds=finite,
    seconds=st.builds(TrialSeconds, prefix=finite, setup=finite, fit=finite, evaluate=finite),
    parameters=st.none() | st.integers(0, 10**9),
    seed=st.integers(1, 2**31),
    worker=st.text(),
)


@given(st.lists(trials, max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_was_written_is_read(tmp_path: Path, records: list[TrialRecord]) -> None:
    """A field lost or changed by the file would make a resumed search another one."""
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
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_torn_last_line_is_dropped_and_the_rest_kept(tmp_path: Path, cut: int) -> None:
    """A crash while a line is written must cost that trial at most."""
    path = tmp_path / "trials.jsonl"
    path.unlink(missing_ok=True)
    whole = _write(path)
    path.write_bytes(whole[:-cut])
    found = Ledger.open(path)
    assert len(found.records) == 2
    found.append(found.records[0])
    assert len(Ledger.open(path).records) == 3


def test_a_last_line_that_lacks_only_its_break_is_whole(tmp_path: Path) -> None:
    """Its trial would be trained again, and an editor that leaves the break out would cost one each time."""
    path = tmp_path / "trials.jsonl"
    path.write_bytes(_write(path).rstrip(b"\n"))
    found = Ledger.open(path)
    assert len(found.records) == 3
    found.append(found.records[0])
    assert len(Ledger.open(path).records) == 4


@pytest.mark.parametrize("tail", [b"\0" * 40, b'{"trial_id":"00', b'{"trial_id":"0\0\0\0'])
def test_what_a_crash_leaves_is_dropped(tmp_path: Path, tail: bytes) -> None:
    """The power failed: the file is as long as it should be, and its end is zeros."""
    path = tmp_path / "trials.jsonl"
    whole = _write(path)
    path.write_bytes(whole + tail)
    assert len(Ledger.open(path).records) == 3
    assert path.read_bytes() == whole


@pytest.mark.parametrize("change", [lambda text: text.replace(b"\n", b"\r"), lambda _: b"\x93\xa1\xff" * 50])
def test_what_no_crash_leaves_is_not_thrown_away(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    """Another program's line breaks would cost every trial in silence."""
    path = tmp_path / "trials.jsonl"
    damaged = change(_write(path))
    path.write_bytes(damaged)
    with pytest.raises(SearchError, match="Line 1 of"):
        Ledger.open(path)
    assert path.read_bytes() == damaged


def test_a_damaged_line_in_the_middle_is_named_and_nothing_is_thrown_away(tmp_path: Path) -> None:
    """Dropping it would lose a trial in silence and shift all later ones."""
    path = tmp_path / "trials.jsonl"
    lines = _write(path).split(b"\n")
    lines[1] = lines[1][:40]
    damaged = b"\n".join(lines)
    path.write_bytes(damaged)
    with pytest.raises(
        SearchError, match=r"Line 2 of .*trials\.jsonl is not a readable TrialRecord.* --fresh"
    ):
        Ledger.open(path)
    assert path.read_bytes() == damaged


def test_a_score_outside_its_range_is_refused(tmp_path: Path) -> None:
    """A score of 93 for 93 % would win every search."""
    path = tmp_path / "trials.jsonl"
    path.write_bytes(_write(path, 1).replace(b'"score":0.5', b'"score":93'))
    with pytest.raises(SearchError, match=r"Line 1 .*\$\.score"):
        Ledger.open(path)


def test_a_folder_in_its_place_is_one_clear_line(tmp_path: Path) -> None:
    """Somebody's mkdir must not end in a traceback."""
    (tmp_path / "trials.jsonl").mkdir()
    with pytest.raises(RunFolderError, match="cannot be read: Is a directory"):
        Ledger.open(tmp_path / "trials.jsonl")


def test_only_a_last_trial_that_was_cut_is_forgotten(tmp_path: Path) -> None:
    """Later trials were proposed in view of an earlier one's score."""
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
