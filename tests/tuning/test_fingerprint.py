"""What a resumed search must agree on."""

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


def test_the_same_settings_go_on(tmp_path: Path) -> None:
    """Otherwise no search could be resumed."""
    match(tmp_path / "search.json", BEGUN, begun=False)
    match(tmp_path / "search.json", BEGUN, begun=True)


def test_each_change_is_named_with_the_choices(tmp_path: Path) -> None:
    """Keras Tuner ignores a changed space in silence and mixes old scores with new."""
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


def test_trials_without_a_fingerprint_are_not_taken_over(tmp_path: Path) -> None:
    """Nobody knows what they were begun with."""
    with pytest.raises(SearchError, match=r"holds trials but no search\.json"):
        match(tmp_path / "search.json", BEGUN, begun=True)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"3", b'{"epochs": 20'])
def test_a_damaged_fingerprint_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    """A truncated file must not end in a traceback."""
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
def test_a_beginning_that_nobody_can_tell_is_none(tmp_path: Path, content: bytes | None) -> None:
    """Keras would be handed whatever the file says, before the file is checked."""
    path = tmp_path / "search.json"
    if content is not None:
        path.write_bytes(content)
    assert begun(path) is None
    path.write_bytes(b'{"epochs": 20, "precision": "mixed_float16"}')
    assert begun(path) == Begun("mixed_float16", by_cost=False)
    path.write_bytes(b'{"precision": "float32", "by_cost": true}')
    assert begun(path) == Begun("float32", by_cost=True)
