"""The fingerprint that a resumed search must match."""

from pathlib import Path

import pytest

from tunebench.errors import SearchError
from tunebench.tuning.fingerprint import Begun, begun, match

BEGUN = {
    "tuner": "random",
    "epochs": 20,
    "data": {"name": "digits", "sha256": "a" * 64},
    "hyperparameters": [1],
}


def test_the_same_settings_resume(tmp_path: Path) -> None:
    """A search with an unchanged fingerprint may be resumed."""
    match(tmp_path / "search.json", BEGUN, begun=False)
    match(tmp_path / "search.json", BEGUN, begun=True)


def test_each_change_is_named_with_the_choices(tmp_path: Path) -> None:
    """A changed fingerprint is refused with the old and new values of each change, and what to do."""
    match(tmp_path / "search.json", BEGUN, begun=False)
    data = {"name": "digits", "sha256": "b" * 64}
    now = {**BEGUN, "epochs": 30, "data": data, "hyperparameters": [1, 2]}
    with pytest.raises(SearchError) as caught:
        match(tmp_path / "search.json", now, begun=True)
    message = str(caught.value)
    assert "epochs: 20 then, 30 now" in message
    assert "data sha256: aaaaaaaaaaaa… then, bbbbbbbbbbbb… now" in message
    assert "hyperparameters changed" in message
    assert "tuner" not in message
    assert "--fresh" in message
    assert "\n" not in message


def test_trials_without_a_fingerprint_are_refused(tmp_path: Path) -> None:
    """Their settings are unknown."""
    with pytest.raises(SearchError, match=r"holds trials but no search\.json"):
        match(tmp_path / "search.json", BEGUN, begun=True)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b'{"epochs": 20'])
def test_a_damaged_fingerprint_is_refused(tmp_path: Path, content: bytes) -> None:
    """A damaged file gives a one-line error."""
    (tmp_path / "search.json").write_bytes(content)
    with pytest.raises(SearchError, match="--fresh") as caught:
        match(tmp_path / "search.json", BEGUN, begun=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"[]",
        b"\xff",
        b'{"epochs": 20}',
        b'{"precision": "float128"}',
        b'{"precision": 3}',
        b'{"precision": "float32", "by_cost": 1}',
    ],
)
def test_unreadable_settings_are_none(tmp_path: Path, content: bytes | None) -> None:
    """A missing or damaged file, or an invalid precision, gives no settings to resume with."""
    path = tmp_path / "search.json"
    if content is not None:
        path.write_bytes(content)
    assert begun(path) is None
    path.write_bytes(b'{"epochs": 20, "precision": "mixed_float16"}')
    assert begun(path) == Begun("mixed_float16", by_cost=False)
    path.write_bytes(b'{"precision": "float32", "by_cost": true}')
    assert begun(path) == Begun("float32", by_cost=True)
