"""What a resumed search must agree on."""

from pathlib import Path

import pytest

from tunebench.errors import SearchError
from tunebench.options import SearchOptions
from tunebench.runs.fingerprint import match, recorded_precision

STARTED = {
    "tuner": "random",
    "epochs": 20,
    "data": {"name": "digits", "sha256": "a" * 64},
    "hyperparameters": [1],
}


def test_the_same_settings_resume(tmp_path: Path) -> None:
    """The first search writes its settings; the same settings match them."""
    match(tmp_path / "search.json", STARTED, has_results=False)
    match(tmp_path / "search.json", STARTED, has_results=True)


def test_each_change_is_named_with_the_choices(tmp_path: Path) -> None:
    """The error names each setting that changed, its old and new value, and what to do."""
    match(tmp_path / "search.json", STARTED, has_results=False)
    data = {"name": "digits", "sha256": "b" * 64}
    now = {**STARTED, "epochs": 30, "data": data, "hyperparameters": [1, 2]}
    with pytest.raises(SearchError) as caught:
        match(tmp_path / "search.json", now, has_results=True)
    message = str(caught.value)
    assert "epochs: 20 then, 30 now" in message
    assert "the images differ, by their files or by --train-size, --seed," in message
    assert "hyperparameters changed" in message
    assert "tuner" not in message
    assert "--fresh" in message
    assert "\n" not in message


def test_hyperparameters_that_changed_are_named(tmp_path: Path) -> None:
    """Three of them and the number of the others; one that is new or gone has changed, too."""
    declared = [{"name": name, "values": [1, 2]} for name in "abcdef"]
    match(tmp_path / "search.json", {"hyperparameters": declared}, has_results=False)
    now = [{**each, "values": [1]} if each["name"] in {"b", "d"} else each for each in declared[:-1]]
    with pytest.raises(SearchError, match=r"\(hyperparameters changed: b, d, f\)"):
        match(tmp_path / "search.json", {"hyperparameters": now}, has_results=True)
    with pytest.raises(SearchError, match=r"\(hyperparameters changed: new, b, d and 1 more\)"):
        match(tmp_path / "search.json", {"hyperparameters": [{"name": "new"}, *now]}, has_results=True)


def test_another_back_end_is_named_once(tmp_path: Path) -> None:
    """With its version, which is recorded apart only for TensorFlow."""
    started = {**STARTED, "backend": "tensorflow", "tensorflow": "2.21.0"}
    match(tmp_path / "search.json", started, has_results=False)
    match(tmp_path / "search.json", started, has_results=True)
    now = {**STARTED, "backend": "jax 0.10.2", "tensorflow": None}
    with pytest.raises(SearchError, match=r"\(back end: TensorFlow 2\.21\.0 then, JAX 0\.10\.2 now\)"):
        match(tmp_path / "search.json", now, has_results=True)


def test_settings_of_a_search_without_trials_do_not_bind(tmp_path: Path) -> None:
    """If the first command failed before its first trial, the next one may have other settings."""
    match(tmp_path / "search.json", STARTED, has_results=False)
    match(tmp_path / "search.json", {**STARTED, "epochs": 30}, has_results=False)
    match(tmp_path / "search.json", {**STARTED, "epochs": 30}, has_results=True)


def test_trials_without_a_fingerprint_are_refused(tmp_path: Path) -> None:
    """Without search.json, the settings of the trials are unknown."""
    with pytest.raises(SearchError, match=r"holds a search but no search\.json"):
        match(tmp_path / "search.json", STARTED, has_results=True)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"3", b'{"epochs": 20', b'{"epochs": ' + b"[" * 100_000]
)
def test_a_damaged_fingerprint_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    """A truncated or foreign file gives a one-line error."""
    (tmp_path / "search.json").write_bytes(content)
    with pytest.raises(SearchError, match="--fresh") as caught:
        match(tmp_path / "search.json", STARTED, has_results=True)
    assert "\n" not in str(caught.value)


def test_a_search_of_another_version_is_refused(tmp_path: Path) -> None:
    """The same settings would give other trials."""
    path = tmp_path / "search.json"
    path.write_text('{"format_version": 2, "tuner": "grid"}')
    with pytest.raises(SearchError, match=r"another version of tunebench \(format 2, here 3\).*--fresh"):
        match(path, {"tuner": "grid"}, has_results=True)


@pytest.mark.parametrize(
    "content",
    [None, b"", b"[]", b"\xff", b'{"epochs": 20}', b'{"precision": "float128"}', b'{"precision": [3]}'],
)
def test_a_precision_that_cannot_be_read_is_none(tmp_path: Path, content: bytes | None) -> None:
    """Only one of Keras' dtype policies is taken over from an earlier search."""
    path = tmp_path / "search.json"
    if content is not None:
        path.write_bytes(content)
    assert recorded_precision(path) is None
    path.write_bytes(b'{"epochs": 20, "precision": "mixed_float16"}')
    assert recorded_precision(path) == ("mixed_float16", True)
    path.write_bytes(b'{"precision": "float32", "XLA": false}')
    assert recorded_precision(path) == ("float32", False)


def test_an_option_that_did_not_exist_counts_as_its_default(tmp_path: Path) -> None:
    """A search begun before an option existed resumes with the option's default, and with no other value."""
    match(tmp_path / "search.json", STARTED, has_results=False)
    match(tmp_path / "search.json", {**STARTED, "class_weights": "none"}, has_results=True)
    with pytest.raises(SearchError, match="class_weights: none then, balanced now"):
        match(tmp_path / "search.json", {**STARTED, "class_weights": "balanced"}, has_results=True)


def test_the_objective_of_an_earlier_search_is_understood() -> None:
    """It was written as the metric that Keras Tuner maximised."""
    assert SearchOptions().fingerprint(1)["objective"] == "max val_accuracy"
    assert SearchOptions(objective="loss").fingerprint(1)["objective"] == "min val_loss"
